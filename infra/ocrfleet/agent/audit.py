"""Who changed what on this host, and how it went: one line per change, in a file that stays small.

A line holds names, numbers and outcomes, never a message: what an engine or a command said may hold anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocrfleet.agent.errors import HostError, NotRestored, Refused, Restored, Unknown
from ocrfleet.agent.home import Home
from ocrfleet.agent.objects import object_of
from ocrfleet.agent.world import World

if TYPE_CHECKING:
    from ocrfleet.agent.site import Site

# Of one file; there is one older file of at most this size beside it.
LARGEST, LONGEST_NAME = 256 * 1024, 120
FAILED = {Restored.code: "restored", NotRestored.code: "not restored", Unknown.code: "not known"}
DONE = {
    "stopped": "stopped",
    "started": "started",
    "was_pinned": "unpinned",
    "destroyed": "destroyed",
    "pruned": "pruned",
    "images": "pruned",
    "models": "pruned",
    "built": "built",
    "fetched": "fetched",
    "admitted": "its successor is good, too",
    "promoted": "rotated",
}


@dataclass(frozen=True)
class Change:
    """One change: what was done for whom, what served before and after it, and how it went."""

    what: str
    who: str
    before: int | None
    after: int | None
    outcome: str
    code: int = 0
    job: str | None = None
    swap: str | None = None


class Audit:
    """The changes of one host, on disk."""

    def __init__(self, world: World, home: Home, say: Callable[[str], None]) -> None:
        self._world, self._home, self._say = world, home, say

    def write(self, change: Change) -> None:
        """Add a line; that it cannot be written now must not turn what went well into a failure."""
        line = {
            "at": self._world.now(),
            "who": change.who[:LONGEST_NAME],
            "what": change.what[:LONGEST_NAME],
            "job": change.job,
            "from": change.before,
            "to": change.after,
            "outcome": change.outcome,
            "code": change.code,
            "swap": change.swap,
        }
        try:
            self._world.append(self._home.audit, json.dumps(line).encode() + b"\n", largest=LARGEST)
        except OSError as error:
            self._say(f"the audit could not be written: {error}")

    def lines(self, last: int) -> list[dict[str, Any]]:
        """The last changes, oldest first; a line that a power cut has torn is left out."""
        return self._all()[-last:]

    def knows(self, swap: str) -> bool:
        """Whether a line tells how a swap ended."""
        return any(line.get("swap") == swap for line in self._all())

    def _all(self) -> list[dict[str, Any]]:
        paths = [path for path in (self._home.older_audit, self._home.audit) if path.exists()]
        raw = [line for path in paths for line in path.read_bytes().splitlines()]
        return [line for line in map(_parse, raw) if line is not None]


def tell(site: Site, change: Change) -> None:
    """Add a line, about a swap only one; the journal remembers it when the line is not kept any more."""
    if change.swap is None:
        site.audit.write(change)
        return
    if not site.audit.knows(change.swap):
        site.audit.write(change)
    if site.audit.knows(change.swap):
        with suppress(OSError):
            site.journal.tell(change.swap)


def witness(
    site: Site, holder: dict[str, Any], work: Callable[[], dict[str, Any]], *, alone: bool = True
) -> dict[str, Any]:
    """Do work and write down what it changed; what was refused changed nothing.

    `alone` says that the cutover lock is held: a swap that is made meanwhile is this work's, else somebody else's.
    """
    before, earlier = _serving(site), _swap(site)
    asked = {"what": holder["what"], "who": holder.get("who", ""), "job": holder.get("job"), "before": before}

    def ended(outcome: str, code: int = 0, release: int | None = None) -> None:
        mine = _swap(site, other_than=earlier) if alone else None
        tell(site, Change(**asked, after=release or _serving(site), outcome=outcome, code=code, swap=mine))

    try:
        result = work()
    except Refused:
        raise
    except BaseException as error:
        code = error.code if isinstance(error, HostError) else Unknown.code
        release = error.release if isinstance(error, HostError) else None
        ended(FAILED.get(code, FAILED[Unknown.code]), code, release)
        raise
    done = _outcome(result)
    if done:
        ended(done)
    return result


def note(site: Site, payload: dict[str, Any]) -> dict[str, Any]:
    """Write down what was done elsewhere for this host."""
    serving = _serving(site)
    site.audit.write(
        Change(payload["what"], payload["who"], serving, serving, payload["outcome"], payload.get("code", 0))
    )
    return {}


def _outcome(result: dict[str, Any]) -> str | None:
    """What became of work that succeeded, None where there was nothing to change."""
    if "outcome" in result:
        return None if result["outcome"] == "unchanged" else str(result["outcome"])
    return next((word for name, word in DONE.items() if result.get(name)), None)


def _serving(site: Site) -> int | None:
    try:
        return site.state().serving
    except (HostError, OSError):
        return None


def _swap(site: Site, other_than: str | None = None) -> str | None:
    """The last swap, None where it is the one before."""
    try:
        entries = site.journal.entries()
    except OSError:
        return None
    return entries[-1].swap if entries and entries[-1].swap != other_than else None


def _parse(line: bytes) -> dict[str, Any] | None:
    found = object_of(line)
    return found if found and found.keys() >= {"at", "who", "what", "to", "code"} else None
