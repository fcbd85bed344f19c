"""The guard: a small loop that is the only thing that starts containers outside a job.

With no cutover lock held: a swap whose process died is restored; a serving release that is not running and was not
stopped on purpose is started, with growing pauses; the proxy stands and points where it should. A release that never
passed its gate is never started.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from ocrfleet.agent import locks
from ocrfleet.agent.cutover import create
from ocrfleet.agent.errors import Busy, CommandFailed, GateFailed, HostError
from ocrfleet.agent.home import Home, to_json
from ocrfleet.agent.releases import Release
from ocrfleet.agent.restore import recover
from ocrfleet.agent.site import Site

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0


@dataclass
class Patience:
    """How long to wait before the next start of an engine that keeps ending."""

    pause: float = FIRST_PAUSE
    not_before: float = 0.0
    started_at: float = 0.0

    def next_start(self, now: float) -> None:
        """Note a start; one that follows closely on the last doubles the pause."""
        calm = now - self.started_at > LONGEST_PAUSE
        self.pause = FIRST_PAUSE if calm else min(self.pause * 2, LONGEST_PAUSE)
        self.started_at, self.not_before = now, now + self.pause


def watch(site: Site, interval: float) -> None:
    """Look after the host for ever; a newer agent takes over by itself."""
    patience = Patience()
    site.journal.prepare()
    while True:
        beat(site)
        look(site, patience)
        _become_current(site)
        site.world.sleep(interval)


def beat(site: Site) -> None:
    """Show that the guard is alive."""
    site.world.save(site.home.guard, to_json({"at": site.world.now(), "pid": os.getpid()}))


def look(site: Site, patience: Patience) -> None:
    """Put right what is not right, unless somebody is at work or Docker is away."""
    try:
        with locks.hold(site.world, site.home.cutover_lock, {"what": "guard", "who": "guard"}):
            recover(site)
            _tend(site, patience)
    except Busy:
        return
    except (HostError, CommandFailed, GateFailed, OSError) as error:
        site.say(f"guard: {error}")


def _tend(site: Site, patience: Patience) -> None:
    serving = site.serving()
    if serving is None or site.state().stopped:
        return
    _engine(site, serving, patience)
    wanted = site.releases.wanted(serving.release)
    proxy = site.proxy.container(wanted["service"]["host"])
    if proxy is None or not proxy.running:
        site.say("guard: starting the proxy")
        site.proxy.apply(wanted)
    if site.proxy.upstream() != serving.address:
        site.proxy.point(serving.address)


def _engine(site: Site, serving: Release, patience: Patience) -> None:
    container = site.docker.container(serving.container or "")
    if container is not None and container.running:
        return
    if site.world.clock() < patience.not_before:
        return
    site.say(f"guard: starting release {serving.release}")
    patience.next_start(site.world.clock())
    if container is None:
        serving = create(site, serving, site.releases.wanted(serving.release))
    site.docker.start(serving.container or "")


def make_current(home: Home) -> str:
    """Make this agent the one the guard runs. Call with the cutover lock held."""
    ours = Path(sys.argv[0]).resolve()
    link = home.agents / "current"
    if link.resolve() != ours:
        fresh = home.agents / f".current.{os.getpid()}"
        fresh.symlink_to(ours.name)
        fresh.replace(link)
    return ours.stem


def _become_current(site: Site) -> None:
    """Run the agent that `agent/current` names, when that is no longer this one."""
    current = site.home.agents / "current"
    if current.exists() and current.resolve() != Path(sys.argv[0]).resolve():
        os.execv(sys.executable, [sys.executable, str(current.resolve()), *sys.argv[1:]])  # noqa: S606  no shell, on purpose
