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
from ocrfleet.agent.validity import Validity
from ocrfleet.agent.world import World

SLOTS = ("current", "next")


class Keys:
    """The keys of one host: versions in a file of their own, values where the proxy reads them."""

    def __init__(self, world: World, home: Home) -> None:
        self._world, self._home = world, home

    def validities(self, wanted: Mapping[str, Any]) -> dict[str, Validity]:
        """What is good of each key; on a host that has not recorded that yet, the versions of the release."""
        found = read_json(self._home.keys)
        return {
            name: Validity.parse(said) for name, said in (dict(wanted["secrets"]) if found is None else found).items()
        }

    def versions(self, wanted: Mapping[str, Any]) -> dict[str, str]:
        """The valid version of each key."""
        return {name: one.version for name, one in self.validities(wanted).items()}

    def record(self, versions: Mapping[str, str]) -> None:
        """Make these versions the valid ones; whatever is not named is valid no more."""
        self.expire()
        known, now = self._recorded(), self._world.now()
        self._save(
            {
                name: known[name].become(one, now).at(now) if name in known else Validity(one)
                for name, one in versions.items()
            }
        )

    def forget(self) -> None:
        """Take out of the record, too, what is good no more, so that a sweep removes it. Call with the lock held."""
        if any(one.is_over(self._world.now()) for one in self._recorded().values()):
            self.record({name: one.version for name, one in self._recorded().items()})

    def admit(self, wanted: Mapping[str, Any], name: str, version: str, overlap: float) -> None:
        """Let the successor of a key in beside it."""
        known = self.validities(wanted)
        self._save({**known, name: known[name].admit(version, overlap)})

    def lacking(self, wanted: Mapping[str, Any]) -> list[str]:
        """The keys that were asked for and are not on this host."""
        names = wanted["service"]["proxy"]["api_keys"]
        return [name for name in names if not self._home.secret(wanted["secrets"][name], name).exists()]

    def apply(self, wanted: Mapping[str, Any]) -> None:
        """Give the proxy the good keys that a release's configuration names; it reads them at every request."""
        for path, key in self._files(wanted).items():
            if key is None:
                raise Damaged("an API key is not on this host any more", fix="pulumi up -s HOST")
            if read_bytes(path) != key:
                self._world.save(path, key, 0o644)

    def are_applied(self, wanted: Mapping[str, Any]) -> bool:
        """Whether the proxy has the good keys and no others."""
        return all(key is not None and read_bytes(path) == key for path, key in self._files(wanted).items())

    def expire(self) -> None:
        """Take from the proxy what was good beside a valid key and is so no more; nothing else, whoever is at work."""
        for name, one in self._recorded().items():
            valid, over = self._value(name, one.version), self._value(name, one.beside)
            if valid is None or over is None or not one.is_over(self._world.now()):
                continue
            for path in self._paths():
                if valid != over == read_bytes(path):
                    self._world.save(path, valid, 0o644)

    def _recorded(self) -> dict[str, Validity]:
        return self.validities({"secrets": {}})

    def _save(self, validities: Mapping[str, Validity]) -> None:
        said = {name: one.plain() for name, one in validities.items()}
        if read_json(self._home.keys) != said:
            self._world.save(self._home.keys, to_json(said))

    def _files(self, wanted: Mapping[str, Any]) -> dict[Path, bytes | None]:
        """The key files, by path: two, so that a caller's key can change without a restart.

        A key stays in the file it is in: two files do not change at once, and in between it would be in none.
        """
        paths = self._paths()
        there, values = [read_bytes(path) for path in paths], self._values(wanted)
        if _alike(there, values[::-1]) > _alike(there, values):
            values.reverse()
        return dict(zip(paths, values, strict=False))

    def _paths(self) -> list[Path]:
        return [self._home.proxy / "keys" / slot for slot in SLOTS]

    def _values(self, wanted: Mapping[str, Any]) -> list[bytes | None]:
        """Two keys, or none where nobody needs one; one key is there twice."""
        names, known = wanted["service"]["proxy"]["api_keys"], self.validities(wanted)
        if len(names) == 1 and names[0] in known:
            good = [self._value(names[0], one) for one in known[names[0]].good(self._world.now())]
            valid, *beside = good
            return [valid, next((one for one in beside if one is not None), valid)]
        return [self._value(name, known[name].version if name in known else None) for name in [*names, *names][:2]]

    def _value(self, name: str, version: str | None) -> bytes | None:
        return None if version is None else read_bytes(self._home.secret(version, name))


def _alike(there: list[bytes | None], values: list[bytes | None]) -> int:
    return sum(one == other for one, other in zip(there, values, strict=False))
