"""What a rotation came to, and what it says when it cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ocrfleet.errors import Busy, NotRestored, OcrfleetError, Refused, Restored, Unknown

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


# What leaves least to rely on comes last.
GRAVITY = (Refused.code, Busy.code, Restored.code, Unknown.code, NotRestored.code)


def each(works: Iterable[Callable[[], Outcome]], lap: Lap) -> Iterator[Outcome]:
    """Do one after the other; in an emergency all of them, whichever fails, and raise the worst error at the end."""
    errors: list[OcrfleetError] = []
    for work in works:
        try:
            done = work()
        except OcrfleetError as error:
            if not lap.is_none:
                raise
            errors.append(error)
        else:
            yield done
    if errors:
        worst = max(errors, key=lambda error: GRAVITY.index(error.code))
        worst.failed = "\n".join(dict.fromkeys(error.failed for error in errors))
        raise worst


@dataclass(frozen=True)
class Patience:
    """How often something is asked that takes a while to be so everywhere."""

    sleep: Callable[[float], None]
    tries: int = 30
    pause: float = 1.0

    def until(self, ask: Callable[[], int], good: Callable[[int], bool]) -> int:
        """Ask until the answer is good, or for the last time; return the answer."""
        for _ in range(self.tries - 1):
            answer = ask()
            if good(answer):
                return answer
            self.sleep(self.pause)
        return ask()


def not_let_in(what: str, where: str, status: int, *, kept: bool, fix: str) -> OcrfleetError:
    """Say that a new secret did not work: nobody was given it, or it is in the store already."""
    if kept:
        return NotRestored(
            f"the {what} that the store has was not let in at {where}: {status or 'no answer'}",
            serving="whoever has the one before, until its time is over; nobody where that is an emergency",
            changed=f"the store has the new {what}, and the one before is on its way out",
            fix=fix,
        )
    return Restored(
        f"the new {what} was not let in at {where}: {status or 'no answer'}",
        serving="as before; whoever is let in now still is",
        changed="nothing that anybody uses; the next try makes another one",
        fix=fix,
    )


def not_tried(what: str, where: str, status: int, *, there: str, fix: str) -> Unknown:
    """Say that nobody told whether a secret is let in: what is wrong is somewhere else."""
    return Unknown(
        f"the {what} could not be tried at {where}: {status or 'no answer'}",
        serving=f"not known at {where}",
        changed=there,
        fix=fix,
    )


def still_let_in(what: str, where: str, *, fix: str) -> Unknown:
    """Say that an old secret works although its time is over."""
    return Unknown(
        f"the {what} before is still let in at {where}",
        serving="the new one; the one before, too",
        changed=f"the new {what} is in the store and in use",
        fix=fix,
    )
