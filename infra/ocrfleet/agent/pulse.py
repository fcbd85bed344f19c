"""Finds an engine that runs and does nothing, and starts it anew.

Health says that a server listens, not that it works. Three signs, each over a time: requests are in flight, nothing
gets done, and the golden page is not read either; nothing is in flight and the golden page is not read, several times;
it is not healthy for longer than a start may take.
Looking takes no lock and changes nothing; while somebody else has the lock, everything seen before is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ocrfleet.agent import engine, locks
from ocrfleet.agent.alive import working
from ocrfleet.agent.audit import Change
from ocrfleet.agent.errors import Busy
from ocrfleet.agent.metrics import Work, measure_work
from ocrfleet.agent.pages import Pages, Pauses
from ocrfleet.agent.patience import Patience
from ocrfleet.agent.releases import Release
from ocrfleet.agent.room import start
from ocrfleet.agent.site import Site

STUCK, BLIND, ILL = "no request finished", "golden page not read", "not healthy"
# So many golden pages in a row that were not read are too many.
PAGE_FAILURES = 3
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Limits:
    """Seconds: never is less called stuck than `stuck`; the golden page is read this often, and again after it failed.

    A page may take as long as its gate allows, twice over, before an engine is called stuck. An engine that is slow by
    nature is asked for the golden page less often.
    """

    stuck: float = 120.0
    page: float = 300.0
    page_again: float = 15.0


@dataclass
class Pulse:
    """What was seen of one engine: since when it is not healthy or gets nothing done, and its golden pages."""

    limits: Limits = Limits()
    of: tuple[int, str | None] | None = None
    done: float | None = None
    stuck_since: float | None = None
    ill_since: float | None = None
    pages: Pages = field(default_factory=Pages)
    patience: Patience = field(default_factory=lambda: Patience(FIRST_PAUSE, LONGEST_PAUSE))

    def forget(self, of: tuple[int, str | None] | None, now: float) -> None:
        """Begin anew, with another engine or after a change."""
        self.of, self.done, self.stuck_since, self.ill_since = of, None, None, None
        self.pages.forget(now + self.limits.page)


def attend(site: Site, pulse: Pulse, up: set[str]) -> None:
    """Look at the serving engine, if it is among what is up, and start it anew when it has been wedged for too long."""
    now, serving = site.world.clock(), _watched(site, up)
    name = None if serving is None else (serving.release, serving.container)
    if serving is None or name != pulse.of:
        pulse.forget(name, now)
        return
    ailment = _ailment(site, serving, pulse, now)
    if ailment and now >= pulse.patience.not_before:
        _restart(site, serving, pulse, ailment)


def _watched(site: Site, up: set[str]) -> Release | None:
    """The engine that should be at work, None while somebody changes something."""
    state = site.state()
    if state.stopped or site.journal.unfinished() or not locks.is_free(site.home.cutover_lock):
        return None
    serving = site.serving()
    return serving if serving is not None and serving.container in up else None


def _ailment(site: Site, serving: Release, pulse: Pulse, now: float) -> str | None:
    """Name what has been wrong for too long."""
    gate = site.candidate(serving).gate
    if not site.gate.is_healthy(site.candidate(serving)):
        pulse.ill_since = now if pulse.ill_since is None else pulse.ill_since
        return ILL if now - pulse.ill_since > gate["health"]["seconds"] else None
    pulse.ill_since = None
    work = measure_work(site, serving)
    is_stuck = _is_stuck(pulse, work, now, max(pulse.limits.stuck, 2 * gate["page"]["seconds"]))
    is_idle = not work.in_flight or work.done is None
    if pulse.pages.was_read(site, serving, Pauses(pulse.limits.page, pulse.limits.page_again), work.done):
        pulse.stuck_since = None
        return None
    if is_stuck or is_idle:
        pulse.pages.ask(site, serving, work.done, at_once=is_stuck)
    if is_stuck and pulse.pages.failures:
        return STUCK
    return BLIND if is_idle and pulse.pages.failures >= PAGE_FAILURES else None


def _is_stuck(pulse: Pulse, work: Work, now: float, limit: float) -> bool:
    """Whether requests have been in flight for too long without anything getting done."""
    if work.in_flight and work.done is not None and work.done == pulse.done:
        pulse.stuck_since = now if pulse.stuck_since is None else pulse.stuck_since
        return now - pulse.stuck_since > limit
    if work.in_flight and None not in {work.done, pulse.done} and pulse.pages.asked is None:
        # Others are answered: what failed before says nothing about now.
        pulse.pages.failures = 0
    pulse.done, pulse.stuck_since = work.done, None
    return False


def _restart(site: Site, serving: Release, pulse: Pulse, ailment: str) -> None:
    """Start the engine anew, unless somebody was quicker and changes something now."""
    try:
        with working(site, "restart"):
            if site.state().serving != serving.release or site.state().stopped or site.journal.unfinished():
                return
            site.say(f"guard: release {serving.release} is wedged ({ailment}); starting it anew")
            pulse.patience.next_start(site.world.clock())
            pulse.forget(pulse.of, site.world.clock())
            engine.stop(site, serving, STOP_SECONDS)
            start(site, serving)
            change = Change("restart", locks.GUARD, serving.release, serving.release, f"restarted: {ailment}")
            site.audit.write(change)
    except Busy:
        return
