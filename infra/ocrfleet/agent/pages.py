"""Lets the serving engine read the golden page now and then, beside everything else that the guard does.

Nobody waits for a page, so it may take as long as suits the engine; one that needs long is asked less often.
"""

from __future__ import annotations

from dataclasses import dataclass

from ocrfleet.agent.errors import GateFailed
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site
from ocrfleet.agent.world import Asked

# A page may take so many times as long as in the gate, where it was the first; never less than so many seconds, and
# where that is more, not longer than the gate itself allows.
TIMES, LEAST_SECONDS = 3.0, 15.0
# Between two pages an engine has so many times as long for others.
REST = 10.0


@dataclass(frozen=True)
class Pauses:
    """Seconds between two pages: after one that was read, and after one that was not."""

    read: float
    failed: float


@dataclass
class Pages:
    """When the next page is due, the one under way, and how many in a row were not read."""

    due: float = 0.0
    failures: int = 0
    asked: Asked | None = None
    done: float | None = None
    is_slow: bool = False

    def forget(self, due: float) -> None:
        """Begin anew; nobody must wait for a page that is under way."""
        if self.asked is not None:
            self.asked.drop()
        self.due, self.failures, self.asked, self.is_slow = due, 0, None, False

    def ask(self, site: Site, serving: Release, done: float | None, *, at_once: bool) -> None:
        """Begin a page if none is under way and one is due, or none has failed and it is to be `at_once`.

        `done` is what the engine got done until now.
        """
        is_due = site.world.clock() >= self.due or (at_once and not self.failures)
        if self.asked is None and is_due:
            candidate = site.candidate(serving)
            allowed = candidate.gate["page"]["seconds"]
            limit = time_limit(allowed if self.is_slow else _seconds(serving), allowed)
            self.asked, self.done = site.gate.begin_page(candidate, limit), done

    def was_read(self, site: Site, serving: Release, pauses: Pauses, done: float | None) -> bool:
        """Fetch the page that is under way, if it is there; whether it is, and was read."""
        reply = None if self.asked is None else self.asked.reply
        if reply is None:
            return False
        self.asked, now = None, site.world.clock()
        self.due = now + max(pauses.read, REST * _seconds(serving))
        if reply.late and (done != self.done or (done is None and not self.is_slow)):
            # Slow is not dead: it got something done meanwhile, or does not tell. The next page may show what.
            self.is_slow = True
            return False
        try:
            site.gate.judge_page(site.candidate(serving), reply)
        except GateFailed as error:
            self.failures, self.due = self.failures + 1, now + pauses.failed
            site.say(f"guard: release {serving.release} does not read: {error}")
            return False
        self.failures, self.is_slow = 0, False
        return True


def time_limit(took: float, allowed: float) -> float:
    """How long a page may take in an engine whose gate allows so many seconds, and saw it take so many."""
    return max(LEAST_SECONDS, min(TIMES * took, allowed))


def _seconds(serving: Release) -> float:
    """How long the page took in the release's gate."""
    return float(serving.gate.get("seconds", 0.0))
