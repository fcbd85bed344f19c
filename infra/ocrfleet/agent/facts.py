"""Everything a plan needs to know of this host, in one answer."""

from __future__ import annotations

import platform
import shutil
from dataclasses import asdict
from typing import Any

from ocrfleet.agent.alive import guard_alive
from ocrfleet.agent.docker import Container
from ocrfleet.agent.drift import drift
from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.home import read_json
from ocrfleet.agent.jobs import Jobs
from ocrfleet.agent.memory import measure
from ocrfleet.agent.models import known as known_models
from ocrfleet.agent.names import settings
from ocrfleet.agent.releases import Release
from ocrfleet.agent.room import room_now
from ocrfleet.agent.settings import applied
from ocrfleet.agent.site import Site
from ocrfleet.agent.strategy import STOP_FIRST

GIB = 1024**3
ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}
STATS_OF = 5


def facts(site: Site) -> dict[str, Any]:
    """Measure the host; where Docker does not answer, say so and tell what is known without it."""
    serving = site.serving()
    known = {
        "arch": ARCHES.get(platform.machine(), platform.machine()),
        "now": site.world.now(),
        "owner": read_json(site.home.owner),
        "guard_alive": guard_alive(site),
        "memory": asdict(measure(site.world) if serving is None else room_now(site, serving.release)),
        "disk_free_gib": round(shutil.disk_usage(site.home.root).free / GIB, 2),
        "models": known_models(site.home),
        "job": Jobs(site.world, site.home).running(),
        **_state(site),
    }
    try:
        (named, lost), found = site.world.both(site.docker.named_and_lost, lambda: _containers(site))
    except CommandFailed as error:
        problem = site.docker.daemon().problem or str(error)
        return {**known, "docker": problem, "images": {}, "drift": []}
    by_hand = drift(site, serving, found, lost)
    return {**known, "docker": None, "images": {**lost, **named}, "drift": by_hand}


def describe(release: Release | None, since: float | None = None) -> dict[str, Any] | None:
    """A release as messages and plans need it."""
    if release is None:
        return None
    short = {name: value for name, value in asdict(release).items() if name != "reason"}
    return {**short, "since": since}


def _state(site: Site) -> dict[str, Any]:
    state, everything = site.state(), site.releases.all()
    good = [one for one in everything if one.is_good]
    there = None if state.serving is None else applied(site, state.serving)
    return {
        "serving": describe(site.serving(), state.since),
        "previous": describe(site.releases.previous(state.serving)),
        "settings": settings(there) if there else {},
        "pinned": state.pinned,
        "stopped": state.stopped,
        "outages": [seconds for one in good if (seconds := _held(one))][-STATS_OF:],
        "proxy_outages": [one.proxy_seconds for one in good if one.proxy_seconds][-STATS_OF:],
        "ready": [one.ready_seconds for one in good if one.ready_seconds][-STATS_OF:],
    }


def _held(release: Release) -> float:
    """For how long requests waited for the release itself; none where it was started beside the one before."""
    is_stop_first = release.strategy == STOP_FIRST
    held = round((release.outage_seconds or 0.0) - (release.proxy_seconds or 0.0), 2)
    return max(0.0, held) if is_stop_first else 0.0


def _containers(site: Site) -> dict[str, Container]:
    """The containers that must be there, as far as they are."""
    serving = site.serving()
    if serving is None:
        return {}
    wanted = site.releases.known(serving.release)
    proxy = site.proxy.name(wanted["service"]["host"]) if wanted else ""
    names = [name for name in (serving.container, proxy) if name]
    return site.docker.containers(*names)
