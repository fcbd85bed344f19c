"""Replaces the serving release by another, or leaves everything as it was.

``prepared ▸ candidate_started ▸ gated ▸ switched ▸ drained ▸ committed``; every step is in the journal before the next
begins. On any exit but `committed` the release that served before is brought back, here or by the guard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ocrfleet.agent.drain import drain
from ocrfleet.agent.errors import GateFailed, HostError, Restored
from ocrfleet.agent.journal import Entry
from ocrfleet.agent.networks import ensure_networks
from ocrfleet.agent.releases import GOOD, Release
from ocrfleet.agent.restore import restore
from ocrfleet.agent.site import Site
from ocrfleet.agent.state import save_state
from ocrfleet.agent.strategy import STOP_FIRST
from ocrfleet.agent.words import fill


@dataclass(frozen=True)
class Swap:
    """One replacement: which release takes over from which, how, and what is pinned afterwards."""

    to: int
    previous: int | None
    strategy: str
    pin: int | None
    begun: float

    @property
    def id(self) -> str:
        return f"{self.to}@{self.begun:.3f}"


def cut_over(site: Site, swap: Swap) -> Release:
    """Return the release once it serves, or raise Restored or NotRestored."""
    _journal(site, swap, "prepared")
    try:
        held_at = _make_way(site, swap)
        _start(site, swap)
        _journal(site, swap, "candidate_started")
        report = site.gate.judge(site.candidate(_release(site, swap.to)))
        _journal(site, swap, "gated")
        outage = _switch(site, swap, held_at)
        _journal(site, swap, "switched")
        _retire(site, swap)
        _journal(site, swap, "drained")
        return _commit(site, swap, report, outage)
    except BaseException as error:
        reason = str(error) or type(error).__name__
        site.say(f"release {swap.to} did not take over: {reason.splitlines()[0]}")
        restore(site, entry(site, swap, "restoring"), reason)
        raise _restored(swap, reason) from error


def entry(site: Site, swap: Swap, step: str) -> Entry:
    """Write one step of a swap as a journal record."""
    return Entry(swap.id, step, swap.to, swap.previous, swap.strategy, site.world.boot())


def _journal(site: Site, swap: Swap, step: str) -> None:
    site.journal.write(entry(site, swap, step))


def _release(site: Site, number: int) -> Release:
    found = site.releases.get(number)
    if found is None:
        raise GateFailed(f"the record of release {number} is gone")
    return found


def _make_way(site: Site, swap: Swap) -> float | None:
    """With stop-first: hold requests, let the old engine finish, stop it. Return when the hold began."""
    if swap.strategy != STOP_FIRST or swap.previous is None:
        return None
    old, began = _release(site, swap.previous), site.world.clock()
    site.say(f"stop-first: holding requests and stopping release {swap.previous}")
    site.proxy.hold()
    _drain_and_stop(site, old)
    return began


def _start(site: Site, swap: Swap) -> None:
    """Start the candidate: the container it had, or a new one from what the release was made of."""
    release, wanted = _release(site, swap.to), site.releases.wanted(swap.to)
    site.say(f"starting release {swap.to} ({swap.strategy})")
    ensure_networks(site.world, site.docker, wanted["service"])
    if release.container is None or site.docker.container(release.container) is None:
        release = create(site, release, wanted)
    site.docker.start(release.container or "")


def create(site: Site, release: Release, wanted: dict[str, Any]) -> Release:
    """Create a release's container, not started; return the release that knows it."""
    name = f"ocrfleet-{wanted['service']['host']}-{release.release}"
    site.docker.remove(name)
    placement = [f"--name={name}", f"--ip={release.address}", f"--label=ocrfleet.release={release.release}"]
    container = site.docker.create(fill(wanted["service"]["run"], placement=placement, image=wanted["image"]))
    made = release.but(container=container)
    site.releases.save(made)
    return made


def _switch(site: Site, swap: Swap, held_at: float | None) -> float:
    """Send requests to the candidate; return for how many seconds nobody answered."""
    site.proxy.apply(site.releases.wanted(swap.to))
    site.proxy.point(_release(site, swap.to).address)
    site.say(f"requests go to release {swap.to}")
    return 0.0 if held_at is None else round(site.world.clock() - held_at, 2)


def _retire(site: Site, swap: Swap) -> None:
    """With start-first: let the old engine finish what it was asked, then stop it. It is kept for a rollback."""
    if swap.previous is not None and swap.strategy != STOP_FIRST:
        _drain_and_stop(site, _release(site, swap.previous))


def _drain_and_stop(site: Site, old: Release) -> None:
    service = site.releases.wanted(old.release)["service"]
    if old.container and site.docker.container(old.container):
        drain(site.world, old.address, service, site.say)
        site.docker.stop(old.container, service["engine"]["stop_seconds"])


def _commit(site: Site, swap: Swap, report: dict[str, Any], outage: float) -> Release:
    release = _release(site, swap.to).but(
        state=GOOD,
        strategy=swap.strategy,
        outage_seconds=outage,
        ready_seconds=report["ready_seconds"],
        gate=report,
        reason=None,
    )
    site.releases.save(release)
    state = site.state().but(serving=swap.to, since=site.world.now(), pinned=swap.pin, stopped=False)
    save_state(site.world, site.home, state)
    _journal(site, swap, "committed")
    site.say(f"release {swap.to} is serving")
    return release


def _restored(swap: Swap, reason: str) -> HostError:
    kept = "the release that served before serves again" if swap.previous is not None else "nothing was serving before"
    return Restored(
        f"release {swap.to} did not take over: {reason}",
        changed=f"nothing that serves; {kept}, and release {swap.to} is kept, stopped, for its logs",
        fix=f"ocrfleet logs HOST --release {swap.to}",
    )
