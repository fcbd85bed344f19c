"""Asks this machine what no plan can know: its GPU, driver, containers, memory and room. Looks only, within seconds.

What the programs said goes to the operator as it is: what it means for a host file is decided there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocrfleet.agent.memory import MEMINFO
from ocrfleet.agent.site import Payload, Site

GPU = "index,uuid,name,compute_cap,memory.total,memory.free,driver_version,mig.mode.current"
APPS = "gpu_uuid,pid,process_name,used_memory"
PROBES = {
    "machine": ["uname", "-m"],
    "gpus": ["nvidia-smi", f"--query-gpu={GPU}", "--format=csv,noheader,nounits"],
    "apps": ["nvidia-smi", f"--query-compute-apps={APPS}", "--format=csv,noheader,nounits"],
    "toolkit": ["nvidia-ctk", "--version"],
    "docker": ["docker", "version", "--format={{.Server.Version}}"],
    "runtimes": ["docker", "info", "--format={{json .Runtimes}}"],
    "groups": ["id", "-nG"],
}
DISK = ["df", "-k", "--output=avail,iavail"]
DOCKER_ROOT = Path("/var/lib/docker")
# A driver that hangs must not keep the others from being asked.
PROBE_SECONDS, ALL_SECONDS = 2.0, 9.0


def probe(site: Site, _: Payload) -> dict[str, Any]:
    """Run every probe with a limit of its own and one for all; a program that is not there is an answer, too."""
    world, begun = site.world, site.world.clock()
    asked = {**PROBES, "disk": [*DISK, str(site.home.root)], "docker_disk": [*DISK, str(DOCKER_ROOT)]}
    answers: dict[str, dict[str, Any]] = {}
    for name, argv in asked.items():
        left = ALL_SECONDS - (world.clock() - begun)
        done = world.run(argv, check=False, seconds=max(0.1, min(PROBE_SECONDS, left)))
        answers[name] = {"code": done.code, "out": done.out, "err": done.err[-300:]}
    return {"answers": answers, "meminfo": world.read(MEMINFO) or "", "now": world.now()}
