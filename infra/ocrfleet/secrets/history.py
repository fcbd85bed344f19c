"""What is inside an age file: every revision of the secrets, the newest last. Values in, values out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ocrfleet.secrets.store import Revision, Secret

KEPT = 20


@dataclass(frozen=True)
class Snapshot:
    """All secrets of one revision."""

    number: int
    created: str
    values: Mapping[str, Secret]


@dataclass(frozen=True)
class History:
    """Revisions in their order; old ones go when there are too many."""

    snapshots: tuple[Snapshot, ...] = ()

    @property
    def now(self) -> dict[str, Secret]:
        """The newest secrets."""
        return dict(self.snapshots[-1].values) if self.snapshots else {}

    def at(self, name: str) -> Snapshot | None:
        """One revision by its name, if it is still kept."""
        return next((one for one in self.snapshots if str(one.number) == name), None)

    def with_changes(self, changes: Mapping[str, Secret], created: str) -> "History":
        """Add a revision."""
        return self.with_values({**self.now, **changes}, created)

    def with_values(self, values: Mapping[str, Secret], created: str) -> "History":
        """Add a revision that has these values only."""
        number = self.snapshots[-1].number + 1 if self.snapshots else 1
        return replace(self, snapshots=(*self.snapshots, Snapshot(number, created, values))[-KEPT:])

    def revisions(self) -> tuple[Revision, ...]:
        """The newest first."""
        return tuple(Revision(str(one.number), one.created) for one in reversed(self.snapshots))

    def text(self) -> str:
        """What is encrypted: the only place where values are written down."""
        return json.dumps({"revisions": [_plain(one) for one in self.snapshots]})

    @classmethod
    def of(cls, text: str) -> "History":
        """Read it back; raise ValueError, KeyError or TypeError for anything else."""
        return cls(tuple(_snapshot(one) for one in json.loads(text)["revisions"]))


def _plain(one: Snapshot) -> dict[str, Any]:
    values = {name: secret.reveal() for name, secret in one.values.items()}
    return {"number": one.number, "created": one.created, "values": values}


def _snapshot(data: Mapping[str, Any]) -> Snapshot:
    values = {name: Secret(value) for name, value in data["values"].items()}
    return Snapshot(int(data["number"]), data["created"], values)
