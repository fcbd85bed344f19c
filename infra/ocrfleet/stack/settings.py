"""What a stack says beside its host file: secrets, out of the store that the host file names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import is_config_secret

from ocrfleet.errors import Refused
from ocrfleet.secrets import API_KEY, Secret
from ocrfleet.secrets.version import salt_of, version_of
from ocrfleet.spec import HostSpec


@dataclass(frozen=True)
class Settings:
    """The secrets a host file names: each a version that may be shown and a value that may not."""

    secrets: dict[str, Any]

    @classmethod
    def from_stack(cls, host: HostSpec, kept: Mapping[str, Secret] | None = None) -> "Settings":
        """Take them from what a store kept, or from the stack's configuration.

        Raise Refused for one that is missing or cannot be a key.
        """
        config = pulumi.Config("ocrfleet")
        found = {
            name: _configured(config, host.name, name) if kept is None else _kept(kept, host, name)
            for name in host.proxy.api_keys
        }
        return cls({name: _secret(name, text) for name, text in found.items()})


# The value itself, not an Output: a key that is wrong is refused here, before anything is declared.
def _configured(config: pulumi.Config, host: str, name: str) -> str:
    fix = f"openssl rand -hex 32 | pulumi config set --secret ocrfleet:{name} -s {host}"
    text = config.get(name)
    if text is None:
        raise Refused(f"the stack has no secret ocrfleet:{name}, which hosts/{host}.yaml names", fix=fix)
    if not is_config_secret(f"ocrfleet:{name}"):
        why = f"ocrfleet:{name} stands in Pulumi.{host}.yaml as plain text: replace it by another"
        raise Refused(why, fix=fix)
    return _a_key(text, f"the secret ocrfleet:{name}", fix)


def _kept(kept: Mapping[str, Secret], host: HostSpec, name: str) -> str:
    fix = f"ocrfleet secrets rotate {host.name} {name}, which makes one; or: ocrfleet secrets set {host.name} {name}"
    store = f"the store {host.secrets.store}"
    if name not in kept:
        raise Refused(f"{store} has no secret {name}, which hosts/{host.name}.yaml names", fix=fix)
    return _a_key(kept[name].reveal(), f"the secret {name} of {store}", fix)


def _a_key(text: str, what: str, fix: str) -> str:
    if not API_KEY.fullmatch(text):
        raise Refused(f"{what} is not 24 to 200 letters, digits, dashes or underscores", fix=fix)
    return text


def _secret(name: str, text: str) -> dict[str, Any]:
    # The version names the value without giving it away, so it may be seen.
    version = version_of(text, salt_of(pulumi.get_project(), pulumi.get_stack(), name))
    return {"version": version, "value": pulumi.Output.secret(text)}
