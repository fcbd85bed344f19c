"""What a stack says beside its host file: secrets, which Pulumi keeps encrypted."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import pulumi

from ocrfleet.errors import Refused
from ocrfleet.spec import HostSpec

SHAPE = re.compile(r"^[A-Za-z0-9_-]{24,200}$")


@dataclass(frozen=True)
class Settings:
    """The secrets a host file names: each a version that may be shown and a value that may not."""

    secrets: dict[str, Any]

    @classmethod
    def from_stack(cls, host: HostSpec) -> "Settings":
        """Read them from the stack's configuration; raise Refused for one that is missing."""
        config = pulumi.Config("ocrfleet")
        return cls({name: _secret(config, host.name, name) for name in host.proxy.api_keys})


def _secret(config: pulumi.Config, host: str, name: str) -> dict[str, Any]:
    value = config.get_secret(name)
    if value is None:
        raise Refused(
            f"the stack has no secret ocrfleet:{name}, which hosts/{host}.yaml names",
            fix=f"openssl rand -hex 32 | pulumi config set --secret ocrfleet:{name} -s {host}",
        )
    checked = value.apply(lambda text: check_key(host, name, text))
    salt = f"{pulumi.get_project()}/{pulumi.get_stack()}/{name}"
    # The version names the value without giving it away, so it may be seen.
    version = pulumi.Output.unsecret(checked.apply(lambda text: version_of(text, salt)))
    return {"version": version, "value": checked}


def check_key(host: str, name: str, text: str) -> str:
    """Return an API key that is long and plain enough to compare literally, or raise Refused without showing it."""
    if not SHAPE.match(text):
        raise Refused(
            f"the secret ocrfleet:{name} is not 24 to 200 letters, digits, dashes or underscores",
            fix=f"openssl rand -hex 32 | pulumi config set --secret ocrfleet:{name} -s {host}",
        )
    return text


def version_of(text: str, salt: str) -> str:
    """Name a secret's value: same value and salt, same name."""
    return hashlib.scrypt(text.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=8).hex()
