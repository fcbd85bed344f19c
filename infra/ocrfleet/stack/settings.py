"""What a stack says beside its host file: secrets, which Pulumi keeps encrypted."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import is_config_secret

from ocrfleet.errors import Refused
from ocrfleet.spec import HostSpec

SHAPE = re.compile(r"[A-Za-z0-9_-]{24,200}")


@dataclass(frozen=True)
class Settings:
    """The secrets a host file names: each a version that may be shown and a value that may not."""

    secrets: dict[str, Any]

    @classmethod
    def from_stack(cls, host: HostSpec) -> "Settings":
        """Read them from the stack's configuration; raise Refused for one that is missing or cannot be a key."""
        config = pulumi.Config("ocrfleet")
        return cls({name: _secret(config, host.name, name) for name in host.proxy.api_keys})


def _secret(config: pulumi.Config, host: str, name: str) -> dict[str, Any]:
    # The value itself, not an Output: a key that is wrong is refused here, before anything is declared.
    text = config.get(name)
    if text is None:
        raise _refused(host, name, f"the stack has no secret ocrfleet:{name}, which hosts/{host}.yaml names")
    if not is_config_secret(f"ocrfleet:{name}"):
        raise _refused(host, name, f"ocrfleet:{name} stands in Pulumi.{host}.yaml as plain text: replace it by another")
    if not SHAPE.fullmatch(text):
        why = f"the secret ocrfleet:{name} is not 24 to 200 letters, digits, dashes or underscores"
        raise _refused(host, name, why)
    # The version names the value without giving it away, so it may be seen.
    version = version_of(text, f"{pulumi.get_project()}/{pulumi.get_stack()}/{name}")
    return {"version": version, "value": pulumi.Output.secret(text)}


def _refused(host: str, name: str, why: str) -> Refused:
    return Refused(why, fix=f"openssl rand -hex 32 | pulumi config set --secret ocrfleet:{name} -s {host}")


def version_of(text: str, salt: str) -> str:
    """Name a secret's value: same value and salt, same name."""
    return hashlib.scrypt(text.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=8).hex()
