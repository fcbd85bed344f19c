"""What a rotation came to, and how long it lets the one before stay good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

ROTATED, FINISHED, WAITS, HANDED_OUT = "rotated", "finished", "under way", "handed out"


@dataclass(frozen=True)
class Lap:
    """How long the one before stays good; no time at all is an emergency."""

    seconds: float

    @property
    def is_none(self) -> bool:
        return self.seconds == 0

    def end(self, now: datetime) -> datetime:
        """When it is over, in whole seconds, as Cloudflare counts: never early, and an emergency's never late."""
        end = now + timedelta(seconds=self.seconds)
        whole = end.replace(microsecond=0)
        return whole if self.is_none or whole == end else whole + timedelta(seconds=1)


@dataclass(frozen=True)
class Outcome:
    """One thing that was renewed: what for whom, until when the one before is good, and where the new one was used."""

    kind: str
    name: str
    what: str
    until: datetime | None = None
    proved: tuple[str, ...] = ()

    def line(self) -> str:
        """Say it."""
        before = f"; the one before is good until {self.until.isoformat(timespec='seconds')}" if self.until else ""
        where = f"; let in at {', '.join(self.proved)}" if self.proved else ""
        return f"{self.kind} {self.name}: {self.what}{before}{where}"

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        until = self.until.isoformat(timespec="seconds") if self.until else None
        words = {"kind": self.kind, "name": self.name, "outcome": self.what}
        return {**words, "previous_good_until": until, "proved": list(self.proved)}
