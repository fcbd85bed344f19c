"""Brings back what served before a swap that did not commit."""

from __future__ import annotations

from ocrfleet.agent.errors import CommandFailed, GateFailed, NotRestored
from ocrfleet.agent.journal import Entry
from ocrfleet.agent.releases import CANDIDATE, FAILED, Release
from ocrfleet.agent.site import Site

LOG_LINES, STOP_SECONDS = 200, 10.0


def recover(site: Site) -> bool:
    """Finish a swap whose process died. Call it with the cutover lock held; True when there was one."""
    last = site.journal.unfinished()
    if last is None:
        return False
    if site.state().serving == last.to:
        # Saving the state is the commit; only its record was lost.
        site.journal.write(_but(last, "committed"))
        return True
    site.say(f"a swap to release {last.to} ended at step {last.step}; restoring")
    restore(site, last, f"the job ended at step {last.step} without a result")
    return True


def restore(site: Site, swap: Entry, reason: str) -> None:
    """Make the previous release serve again and put the candidate aside; raise NotRestored when that fails."""
    try:
        _bring_back(site, swap)
        _set_aside(site, swap, reason)
    except (CommandFailed, GateFailed, OSError) as error:
        raise NotRestored(
            f"release {swap.to} did not take over ({reason}); release {swap.previous} could not be restored: {error}",
            changed="the release that served before is down; the guard goes on trying to start it",
            fix="ocrfleet status HOST",
        ) from error
    site.journal.write(_but(swap, "restored"))


def _bring_back(site: Site, swap: Entry) -> None:
    previous = site.releases.get(swap.previous) if swap.previous is not None else None
    if previous is None:
        site.proxy.hold()
        return
    container = site.docker.container(previous.container or "")
    if container is None or not container.running:
        # Memory first: two engines may not fit beside each other.
        site.proxy.hold()
        _stop(site, swap)
        site.docker.start(previous.container or "")
        site.gate.until_healthy(site.candidate(previous))
    site.proxy.apply(site.releases.wanted(previous.release))
    site.proxy.point(previous.address)
    site.say(f"release {previous.release} serves again")


def _set_aside(site: Site, swap: Entry, reason: str) -> None:
    candidate = site.releases.get(swap.to)
    if candidate is None or swap.to == swap.previous:
        return
    _keep_log(site, candidate)
    _stop(site, swap)
    if candidate.state == CANDIDATE:
        site.releases.save(candidate.but(state=FAILED, reason=reason))


def _stop(site: Site, swap: Entry) -> None:
    candidate = site.releases.get(swap.to)
    found = site.docker.container(candidate.container) if candidate and candidate.container else None
    if found is not None and found.running:
        site.docker.stop(found.id, STOP_SECONDS)


def _keep_log(site: Site, candidate: Release) -> None:
    if candidate.container and site.docker.container(candidate.container):
        text = site.docker.logs(candidate.container, LOG_LINES)
        site.world.save(site.home.release(candidate.release) / "log", text.encode())


def _but(entry: Entry, step: str) -> Entry:
    return Entry(entry.swap, step, entry.to, entry.previous, entry.strategy, entry.boot)
