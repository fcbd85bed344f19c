"""Sees to the memory that engines take: how much each was seen to hold, and that it is back before the next start."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ocrfleet.agent import engine
from ocrfleet.agent.errors import Damaged
from ocrfleet.agent.memory import Memory, measure
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site
from ocrfleet.agent.strategy import need_of

# A driver gives memory back a moment after the process has ended, a large one a few seconds after.
BACK_SECONDS, POLL = 20.0, 0.5


def start(site: Site, release: Release) -> Release:
    """Make a release's engine run, once there is memory for it; return the release that knows its container.

    Where memory cannot be measured, nobody waits for it.
    """
    if not engine.is_running(site, release):
        with suppress(OSError, Damaged):
            wait_for_room(site, release)
    return engine.ensure(site, release)


def wait_for_room(site: Site, release: Release) -> None:
    """Return once a release that is to start has the memory it needs, or that did not come back in time.

    It starts all the same then: the gate sees whether it can live, and an engine that cannot says best why.
    """
    service = site.releases.wanted(release.release)["service"]
    need, began = need_of(service, site.releases.peak(release.image)), site.world.clock()
    memory = room_of(site, service, need, seconds=BACK_SECONDS)
    took = site.world.clock() - began
    if memory.free_gib < need:
        site.say(f"the memory is not back after {took:.0f} s: {memory}, {need} needed; starting all the same")
    elif took >= POLL:
        site.say(f"the memory is back after {took:.1f} s: {memory}")


def room_of(site: Site, service: dict[str, Any], need: float, *, seconds: float) -> Memory:
    """The memory that is free for a service: as soon as it is enough, or when the time is over."""
    deadline, memory = site.world.clock() + seconds, measure(site.world, service)
    while memory.free_gib < need and site.world.clock() < deadline:
        site.world.sleep(POLL)
        memory = measure(site.world, service)
    return memory


def room_now(site: Site, number: int) -> Memory:
    """The memory that is free now on the cards of a release; on all of them where its record is damaged."""
    wanted = site.releases.known(number)
    return measure(site.world, wanted["service"] if wanted else None)


def note_peak(site: Site, number: int, before: Memory, after: Memory) -> None:
    """Remember how much memory an engine holds: what was free without it, less what is free with it."""
    release, held = site.releases.need(number), round(before.free_gib - after.free_gib, 2)
    if before.kind == after.kind and held > (release.peak_gib or 0.0):
        site.releases.save(release.but(peak_gib=held))
