"""The API keys that are valid on this host.

Which version of a key is valid is a fact about the host, not about a release: a rollback brings back an engine, never a
key that was revoked since.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ocrfleet.agent.errors import Damaged
from ocrfleet.agent.home import Home, read_bytes, read_json, to_json
from ocrfleet.agent.world import World


class Keys:
    """The keys of one host: versions in a file of their own, values where the proxy reads them."""

    def __init__(self, world: World, home: Home) -> None:
        self._world, self._home = world, home

    def versions(self, wanted: Mapping[str, Any]) -> dict[str, str]:
        """The valid version of each key; on a host that has not recorded them yet, those of the release."""
        found = read_json(self._home.keys)
        return dict(wanted["secrets"]) if found is None else found

    def record(self, versions: Mapping[str, str]) -> None:
        """Make these versions the valid ones; whatever is not named is valid no more."""
        if read_json(self._home.keys) != versions:
            self._world.save(self._home.keys, to_json(dict(versions)))

    def lacking(self, wanted: Mapping[str, Any]) -> list[str]:
        """The keys that were asked for and are not on this host."""
        names = wanted["service"]["proxy"]["api_keys"]
        return [name for name in names if not self._home.secret(wanted["secrets"][name], name).exists()]

    def apply(self, wanted: Mapping[str, Any]) -> None:
        """Give the proxy the valid keys that a release's configuration names; it reads them at every request."""
        for path, key in self._files(wanted).items():
            if key is None:
                raise Damaged("an API key is not on this host any more", fix="pulumi up -s HOST")
            if read_bytes(path) != key:
                self._world.save(path, key, 0o644)

    def are_applied(self, wanted: Mapping[str, Any]) -> bool:
        """Whether the proxy has the valid keys and no others."""
        return all(key is not None and read_bytes(path) == key for path, key in self._files(wanted).items())

    def _files(self, wanted: Mapping[str, Any]) -> dict[Path, bytes | None]:
        """The key files, by path: two, so that a caller's key can change without a restart."""
        names, versions = wanted["service"]["proxy"]["api_keys"], self.versions(wanted)
        slots = zip(("current", "next"), [*names, *names][:2], strict=False)
        return {self._home.proxy / "keys" / slot: self._value(name, versions.get(name)) for slot, name in slots}

    def _value(self, name: str, version: str | None) -> bytes | None:
        return None if version is None else read_bytes(self._home.secret(version, name))
