"""How to reach a host: the SSH part of a host file."""

import base64
import binascii
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ocrfleet.spec.expect import Address, Many, PathText, Patience, Port, Strict, User, expect

KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


def _a_key(line: str) -> str:
    """Refuse a line whose key is cut or is of another type than the line says."""
    words = line.split(" ")
    at = next(number for number, word in enumerate(words) if word in KEY_TYPES)
    try:
        blob = base64.b64decode(words[at + 1], validate=True)
    except binascii.Error:
        raise ValueError from None
    if not blob.startswith(len(words[at]).to_bytes(4) + words[at].encode()):
        raise ValueError
    return line


KnownHostsLine = Annotated[
    str,
    Field(pattern=rf"^([^\s@]\S* )?({'|'.join(KEY_TYPES)}) [A-Za-z0-9+/]{{40,}}={{0,2}}( \S+)*$"),
    AfterValidator(_a_key),
    expect("a known_hosts line, like `ssh-ed25519 AAAA…` (certificate authorities are not supported)"),
]


class Door(Strict):
    """A machine that answers SSH, and the keys it may show."""

    address: Address = Field(description="Host name or IP address.")
    port: Port = Field(default=22, description="Where its SSH server listens.")
    user: User = Field(description="Who to log in as; on the host this user is in the group docker.")
    known_hosts: Many[KnownHostsLine] = Field(
        default=(), description="The host keys to accept; `ocrfleet trust HOST` writes them."
    )


class Ssh(Door):
    """How to log in to a host. There is no password: keys only."""

    identity_file: PathText | None = Field(default=None, description="Private key; without it, the SSH agent's keys.")
    known_hosts_file: PathText | None = Field(
        default=None, description="A file with the host keys to accept, instead of `known_hosts`."
    )
    jump: Door | None = Field(default=None, description="A machine to go through.")
    connect_seconds: Patience = Field(default=10.0, description="Longest wait for a connection and for a login.")
    answer_seconds: Patience = Field(default=60.0, description="Longest silence of a short command.")

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, as they travel through Pulumi."""
        return self.model_dump(mode="json", exclude_none=True)
