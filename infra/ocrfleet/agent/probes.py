"""Asks this machine what no plan can know: its GPU, driver, containers, memory, room, and whom it reaches.

Nothing is changed, and all is over within ten seconds: everything is asked at the same time, each with a limit of its
own. What the programs said goes to the operator as it is: what it means for a host file is decided there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ocrfleet.agent.docker import OURS
from ocrfleet.agent.errors import HostError
from ocrfleet.agent.memory import MEMINFO
from ocrfleet.agent.models import known
from ocrfleet.agent.preflight import listening
from ocrfleet.agent.site import Payload, Site
from ocrfleet.agent.world import TIMED_OUT, Done, World

A = TypeVar("A")
GPU = "index,uuid,name,compute_cap,memory.total,memory.free,driver_version,mig.mode.current"
APPS = "gpu_uuid,pid,process_name,used_memory"
PROBES = {
    "machine": ["uname", "-m"],
    "gpus": ["nvidia-smi", f"--query-gpu={GPU}", "--format=csv,noheader,nounits"],
    "apps": ["nvidia-smi", f"--query-compute-apps={APPS}", "--format=csv,noheader,nounits"],
    "toolkit": ["nvidia-ctk", "--version"],
    "docker": ["docker", "version", "--format={{.Server.Version}}"],
    "runtimes": ["docker", "info", "--format={{json .Runtimes}}"],
    "detour": ["docker", "info", "--format={{json .RegistryConfig.Mirrors}} {{.HTTPSProxy}}"],
    "groups": ["id", "-nG"],
    "images": ["docker", "images", "--format={{.Repository}}:{{.Tag}}"],
}
DISK = ["df", "-k", "--output=avail,iavail"]
DOCKER_ROOT = Path("/var/lib/docker")
# A driver that hangs must not keep the others from being asked. A container takes longer to start and to go.
PROBE_SECONDS, CONTAINER_SECONDS, AWAY_SECONDS = 4.0, 4.5, 1.5
CONNECT = """\
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
except OSError as error:
    sys.exit(str(error))"""
LONGEST = 600


def probe(site: Site, payload: Payload) -> dict[str, Any]:
    """Run every probe; a program that is not there is an answer, too. `seconds` makes the limits shorter."""
    world, limit = site.world, payload.get("seconds", PROBE_SECONDS)
    proxy = ["docker", "ps", f"--filter=label={OURS}={payload['host']}", "--filter=label=ocrfleet.part=proxy"]
    asked = {
        **PROBES,
        "disk": [*DISK, str(site.home.root)],
        "docker_disk": [*DISK, str(DOCKER_ROOT)],
        "proxy": [*proxy, "--format={{.Ports}}"],
        **{f"reach {place}": _connect(place) for place in payload.get("reach", ())},
    }
    works = {name: partial(_ask, world, argv, limit) for name, argv in asked.items()}
    if payload.get("gpus"):
        works["container"] = partial(_container, world, payload, min(2 * limit, CONTAINER_SECONDS))
    answers = dict(zip(works, _at_once(world, list(works.values())), strict=True))
    return {
        "answers": answers,
        "models": known(site.home),
        "serving": _is_serving(site),
        "meminfo": world.read(MEMINFO) or "",
        "listening": sorted(listening(site)),
        "now": world.now(),
    }


def _connect(place: str) -> list[str]:
    """A program that ends well if somebody answers there; looking a name up has no limit of its own."""
    host, _, port = place.rpartition(":")
    return ["python3", "-I", "-c", CONNECT, host, port]


def _ask(world: World, argv: list[str], seconds: float) -> dict[str, Any]:
    return _told(world.run(argv, check=False, seconds=seconds))


def _is_serving(site: Site) -> bool:
    """Whether memory that is taken may be our own release's."""
    with suppress(HostError):
        # What a swap has stopped or started is ours too, as long as it has not ended.
        return site.journal.unfinished() is not None or (site.serving() is not None and not site.state().stopped)
    return False


def _container(world: World, payload: Payload, seconds: float) -> dict[str, Any]:
    """Start a container with the GPU as an engine would, where there is an image to start it from; leave none behind.

    Without an image, the program is asked that gives containers their GPU.
    """
    listed = world.run(PROBES["images"], check=False, seconds=min(seconds, AWAY_SECONDS)).out.split()
    image = next((one for start in [*payload["images"], ""] for one in listed if one.startswith(start)), None)
    if image is None:
        return _ask(world, ["nvidia-container-cli", "info"], seconds)
    name = f"ocrfleet-probe-{os.getpid()}"
    walls = ["--rm", "--pull=never", "--network=none", "--read-only", f"--name={name}", *payload["gpus"]]
    argv = ["docker", "run", *walls, "--entrypoint=nvidia-smi", image, "-L"]
    done = world.run(argv, check=False, seconds=seconds)
    if done.code == TIMED_OUT:
        world.run(["docker", "rm", "--force", name], check=False, seconds=AWAY_SECONDS)
    return _told(done)


def _told(done: Done) -> dict[str, Any]:
    return {"code": done.code, "out": done.out, "err": done.err[-LONGEST:]}


def _at_once(world: World, works: list[Callable[[], A]]) -> list[A]:
    """Do all of it at the same time."""
    if len(works) == 1:
        return [works[0]()]
    first, rest = world.both(works[0], lambda: _at_once(world, works[1:]))
    return [first, *rest]
