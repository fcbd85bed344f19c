"""How to reach a host: the SSH part of a host file."""

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from ocrfleet.spec.expect import Address, Many, PathText, Port, Seconds, Strict, User, expect

KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")

KnownHostsLine = Annotated[
    str,
    Field(pattern=rf"^(\S+ )?({'|'.join(map(re.escape, KEY_TYPES))}) [A-Za-z0-9+/]{{40,}}={{0,2}}( \S+)?$"),
    expect("a known_hosts line, like `ssh-ed25519 AAAA…` (certificate authorities are not supported)"),
]


class Door(Strict):
    """A machine that answers SSH, and the keys it may show."""

    address: Address = Field(description="Host name or IP address.")
    port: Port = 22
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
    connect_seconds: Seconds = 10.0
    answer_seconds: Seconds = Field(default=60.0, description="Longest silence of a short command.")

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if self.known_hosts and self.known_hosts_file:
            raise ValueError("expected known_hosts or known_hosts_file, not both")
        return self
