"""How a guard shows that it is alive, and how others see it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ocrfleet.agent import locks
from ocrfleet.agent.home import read_json, to_json
from ocrfleet.agent.site import Site

BEAT = 128
# A guard that looks and finds all well is heard of every few seconds. One that restores may take minutes, for every
# command has its time limit; one that needs longer than this hangs.
QUIET_SECONDS, WORK_SECONDS = 30.0, 300.0
# After so much work the last beat is old.
LONG_WORK = 5.0


def beat(site: Site) -> None:
    """Show that the guard is alive, on a full disk too."""
    content = to_json({"at": site.world.now(), "pid": os.getpid()}).ljust(BEAT)
    if site.home.guard.exists():
        site.world.overwrite(site.home.guard, 0, content)
    else:
        site.world.save(site.home.guard, content)


@contextmanager
def working(site: Site, what: str) -> Iterator[None]:
    """Hold the cutover lock as the guard does; raises Busy. Who has the lock next finds a guard that is alive."""
    with locks.hold(site.world, site.home.cutover_lock, {"what": what, "who": locks.GUARD}):
        began = site.world.clock()
        try:
            yield
        finally:
            if site.world.clock() - began > LONG_WORK:
                beat(site)


def guard_alive(site: Site) -> bool:
    """Whether the guard has looked after this host in the last half minute, or is at work on it for not too long."""
    last = read_json(site.home.guard)
    if last is not None and abs(site.world.now() - last["at"]) < QUIET_SECONDS:
        return True
    holder = locks.holder_of(site.home.cutover_lock) or {}
    is_at_work = holder.get("who") == locks.GUARD and not locks.is_dead(site.world, holder)
    return is_at_work and abs(site.world.now() - holder["since"]) < WORK_SECONDS
