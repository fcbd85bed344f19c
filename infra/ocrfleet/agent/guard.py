"""The guard: a small loop that is the only thing that starts containers outside a job.

With no cutover lock held: a swap whose process died is restored; a serving release that is not running and was not
stopped on purpose is started, with growing pauses; every other engine is stopped; the proxy stands and points where it
should. A release that never passed its gate is never started. What runs and does nothing is the part of `pulse`. An API
key whose time is over is taken from the proxy, and what the dead were writing is removed, lock or not.
"""

from __future__ import annotations

from collections.abc import Callable
from io import FileIO

from ocrfleet.agent import engine, locks
from ocrfleet.agent.alive import beat, working
from ocrfleet.agent.audit import Change
from ocrfleet.agent.disk import beside
from ocrfleet.agent.errors import Busy
from ocrfleet.agent.leftovers import clear
from ocrfleet.agent.patience import Patience
from ocrfleet.agent.pulse import Limits, Pulse, attend
from ocrfleet.agent.releases import Release
from ocrfleet.agent.restore import STOP_SECONDS, recover
from ocrfleet.agent.site import Site

# How long a restored release may take to be healthy before the guard looks after the rest of the host again.
SETTLE = 10.0


def watch(site: Site, interval: float, limits: Limits | None = None) -> None:
    """Look after the host for ever; a newer agent takes over by itself."""
    patience, pulse = Patience(), Pulse(limits or Limits())
    while True:
        go_round(site, patience, pulse)
        _become_current(site)
        site.world.sleep(interval)


def go_round(site: Site, patience: Patience, pulse: Pulse) -> None:
    """Look at everything once."""
    up: set[str] = set()
    _try(site, lambda: beat(site))
    _try(site, site.proxy.keys.expire)
    _try(site, lambda: clear(site))
    _try(site, lambda: up.update(look(site, patience)))
    _try(site, lambda: attend(site, pulse, up))


def look(site: Site, patience: Patience) -> set[str]:
    """Put right what is not right, unless somebody is at work; what cannot be put right does not hinder the rest.

    Return the containers that were seen to run, by their ids and by their names.
    """
    up: set[str] = set()
    try:
        with working(site, "guard"):
            recover(site, wait=SETTLE)
            _try(site, site.proxy.keys.forget)
            _try(site, lambda: up.update(_put_right(site, patience)))
    except Busy:
        pass
    return up


def _try(site: Site, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001  the guard has to outlive whatever it finds
        site.say(f"guard: {error}")


def _put_right(site: Site, patience: Patience) -> set[str]:
    """Stop what should not run and start what should. Return what was seen to run."""
    host, serving = engine.host(site), None if site.state().stopped else site.serving()
    ours = site.docker.ours(host)
    up = {word for one in ours if one.running for word in (one.id, one.name)}
    if host is not None:
        # Docker may do what a job gave up on long ago: such an engine would take the serving one's memory.
        _try(site, lambda: engine.stop_strays(site, ours, serving, STOP_SECONDS))
    if serving is not None:
        _tend(site, serving, patience, up)
    return up


def _tend(site: Site, serving: Release, patience: Patience, up: set[str]) -> None:
    """Keep the engine and the proxy up; one that cannot be kept up does not hinder the other."""
    _try(site, lambda: _tend_engine(site, serving, patience, up))
    _try(site, lambda: _tend_proxy(site, serving, up))


def _tend_engine(site: Site, serving: Release, patience: Patience, up: set[str]) -> None:
    if serving.container in up or site.world.clock() < patience.not_before:
        return
    site.say(f"guard: starting release {serving.release}")
    patience.next_start(site.world.clock())
    engine.ensure(site, serving)
    site.audit.write(Change("start", locks.GUARD, serving.release, serving.release, "started"))


def _tend_proxy(site: Site, serving: Release, up: set[str]) -> None:
    wanted = site.releases.wanted(serving.release)
    if site.proxy.upstream() != serving.address:
        site.proxy.point(serving.address)
    if site.proxy.name(wanted["service"]["host"]) not in up:
        site.say("guard: starting the proxy")
        site.proxy.apply(wanted)


def make_current(site: Site) -> str:
    """Make this agent the one the guard runs, also after a power cut. Call with the cutover lock held."""
    ours, link = site.world.program(), site.home.agents / "current"
    if link.resolve() != ours:
        fresh, disk = beside(link), site.world.disk
        disk.remove(fresh)
        disk.link(fresh, ours.name)
        with FileIO(str(ours)) as file:
            disk.sync(file)
        disk.rename(fresh, link)
        disk.sync_folder(site.home.agents)
    return ours.stem


def _become_current(site: Site) -> None:
    """Run the agent that `agent/current` names, when that is no longer this one."""
    current = site.home.agents / "current"
    if current.exists() and current.resolve() != site.world.program():
        site.world.become(current.resolve())
