"""Replaces the serving release by another, or leaves everything as it was.

``prepared ▸ candidate_started ▸ gated ▸ switched ▸ drained ▸ committed``; every step is in the journal before the next
begins. On any exit but `committed` the release that served before is brought back, here or by the guard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ocrfleet.agent import engine
from ocrfleet.agent.drain import retire
from ocrfleet.agent.errors import CommandFailed, NotUp
from ocrfleet.agent.journal import SWITCHED, Entry
from ocrfleet.agent.logs import keep_beginning
from ocrfleet.agent.memory import Memory
from ocrfleet.agent.networks import ensure_networks
from ocrfleet.agent.restore import STOP_SECONDS, finish, is_committed
from ocrfleet.agent.room import note_peak, room_now, wait_for_room
from ocrfleet.agent.site import Site
from ocrfleet.agent.state import save_state
from ocrfleet.agent.strategy import STOP_FIRST
from ocrfleet.agent.undo import undo
from ocrfleet.agent.untouched import untouched


@dataclass(frozen=True)
class Swap:
    """One replacement: which release takes over from which, how, and what is pinned afterwards."""

    to: int
    previous: int | None
    strategy: str
    pin: int | None
    begun: float
    boot: str

    @property
    def id(self) -> str:
        return f"{self.to}@{self.begun:.3f}"

    def at(self, step: str) -> Entry:
        """The journal's record of one step."""
        return Entry(self.id, step, self.to, self.previous, self.strategy, self.boot)


def cut_over(site: Site, swap: Swap) -> None:
    """Return once the release serves, or raise Refused, Restored or NotRestored."""
    _clear(site, swap)
    try:
        site.journal.write(swap.at("prepared"))
        _make_ready(site, swap)
        held_at = _make_way(site, swap)
        free = _start(site, swap)
        site.journal.write(swap.at("candidate_started"))
        report = site.gate.judge(site.candidate(site.releases.need(swap.to)))
        note_peak(site, swap.to, free, room_now(site, swap.to))
        keep_beginning(site, swap.to)
        site.journal.write(swap.at("gated"))
        outages = _switch(site, swap, held_at)
        site.journal.write(swap.at(SWITCHED))
        _retire(site, swap)
        site.journal.write(swap.at("drained"))
        _commit(site, swap, report, outages)
    except BaseException as error:
        # What fails after the commit is a record, and `finish` sees to that.
        if not is_committed(site, swap.id):
            site.world.deafen()
            undone = undo(site, swap, error)
            undone.release = swap.to
            raise undone from error
    site.world.deafen()
    site.say(f"release {swap.to} is serving")
    finish(site, swap)


@untouched()
def _clear(site: Site, swap: Swap) -> None:
    """Stop engines that nobody accounts for. It comes first: until then an older swap that is open stays open."""
    host = site.releases.wanted(swap.to)["service"]["host"]
    old = None if swap.previous is None else site.releases.need(swap.previous)
    engine.stop_strays(site, site.docker.ours(host), old, STOP_SECONDS)


def _make_ready(site: Site, swap: Swap) -> None:
    """Make the candidate's container, unless it has one: where Docker has no room for it, nothing was stopped yet."""
    ensure_networks(site.world, site.docker, site.releases.wanted(swap.to)["service"])
    try:
        engine.provide(site, site.releases.need(swap.to))
    except CommandFailed as error:
        raise NotUp(str(error)) from error


def _make_way(site: Site, swap: Swap) -> float | None:
    """With stop-first: hold requests, let the old engine finish, stop it. Return when the hold began."""
    if swap.previous is None or swap.strategy != STOP_FIRST:
        return None
    began, free = site.world.clock(), room_now(site, swap.previous)
    site.say(f"stop-first: holding requests and stopping release {swap.previous}")
    site.proxy.hold()
    retire(site, site.releases.need(swap.previous))
    wait_for_room(site, site.releases.need(swap.to))
    note_peak(site, swap.previous, room_now(site, swap.previous), free)
    return began


def _start(site: Site, swap: Swap) -> Memory:
    """Start the candidate. Return the memory that was free without it."""
    free = room_now(site, swap.to)
    site.say(f"starting release {swap.to} ({swap.strategy})")
    try:
        engine.ensure(site, site.releases.need(swap.to))
    except CommandFailed as error:
        raise NotUp(str(error)) from error
    return free


def _switch(site: Site, swap: Swap, held_at: float | None) -> dict[str, float | None]:
    """Send requests to the candidate; return how long nobody answered, and how much of it was for a new proxy."""
    address = site.releases.need(swap.to).address
    if held_at is not None:
        # Who waits is answered first: a proxy that must be replaced ends only after that.
        site.proxy.point(address)
    unanswered = site.proxy.apply(site.releases.wanted(swap.to))
    site.proxy.point(address)
    site.say(f"requests go to release {swap.to}")
    if unanswered:
        site.say(f"the proxy was replaced: nobody answered for {unanswered:.1f} s")
    outage = unanswered if held_at is None else round(site.world.clock() - held_at, 2)
    return {"outage_seconds": outage, "proxy_seconds": unanswered or None}


def _retire(site: Site, swap: Swap) -> None:
    """With start-first: let the old engine finish what it was asked, then stop it."""
    if swap.previous is not None and swap.strategy != STOP_FIRST:
        retire(site, site.releases.need(swap.previous))


def _commit(site: Site, swap: Swap, report: dict[str, Any], outages: dict[str, float | None]) -> None:
    """Make the release the serving one. Its record comes first: after the commit nothing may be missing in it."""
    measured = {**outages, "ready_seconds": report["ready_seconds"], "gate": report, "reason": None}
    site.releases.save(site.releases.need(swap.to).but(strategy=swap.strategy, **measured))
    state = site.state().but(serving=swap.to, since=site.world.now(), pinned=swap.pin, stopped=False, swap=swap.id)
    save_state(site.world, site.home, state)
