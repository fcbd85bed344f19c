"""A lab host as Spark or Calypso: its GPU, its image, its weights, its host file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.gpus.cards import Card
from lab.gpus.image import load_standin
from lab.gpus.models import place_weights
from lab.gpus.plug import plug_in, take_out
from lab.gpus.project import GpuProject
from lab.project import LabProject

PROGRAM = Path(__file__).with_name("walls.py")
PYTHON = "/opt/engine/bin/python3"
AMOUNT = "Amount due: 553.00 EUR"
# How far an engine of either host reaches, and what Docker gave it.
WALLS = {
    "user": [10001, 10001, "engine"],
    "capabilities": [0, 0, 0],
    "no_new_privileges": "1",
    "writable": ["/home/engine/.cache"],
    "writable_tmp": True,
    "most_processes": "4096",
    "shm_gib": 8.0,
    "way_out": False,
}
GRANTED = {"gpus": None, "ipc": "private", "log": {"max-file": "3", "max-size": "10m"}, "restart": "no", "ports": {}}


@contextmanager
def machine(lab: LabProject, folder: Path, name: str, card: Card) -> Iterator[GpuProject]:
    """Make the lab host that machine for a while; `name` is that of its host file."""
    place = {"port": lab.port, "keys": lab.keys, "container": lab.container, "docker": lab.docker}
    made = GpuProject.make(folder, name=name, card=card, **place)
    model = made.raw()["model"]
    place_weights(made, repo=model["repo"], revision=model["revision"])
    load_standin(made, made.script(f"docker images --format '{{{{.ID}}}}' ocrfleet/{lab.name}-engine").out.split()[0])
    budget = plug_in(made, card)
    try:
        yield made
    finally:
        try:
            made.clean()
            # What was compiled is kept by a destroy, and the next machine of that name would start warm.
            made.inside("docker", "volume", "rm", f"ocrfleet-{name}-cache", check=False)
        finally:
            take_out(made, budget)


def flags(lab: GpuProject, **changed: float) -> dict[str, object]:
    """The host file's flags with a few others."""
    return {"engine__flags": {**lab.raw()["engine"]["flags"], **changed}}


def failing(lab: GpuProject) -> list[str]:
    """Every check of `ocrfleet verify` that does not pass."""
    checks = json.loads(lab.ocrfleet("verify", lab.name, "--json").out)["checks"]
    assert checks
    return [f"{one['name']}: {one}" for one in checks if one["outcome"] != "passed"]


def smi(lab: LabProject, *words: str) -> str:
    """What nvidia-smi says on the host."""
    return lab.inside("nvidia-smi", *words, "--format=csv,noheader,nounits").out.strip()


def free_mib(lab: LabProject) -> int:
    """What is free of the card's own memory."""
    return int(smi(lab, "--query-gpu=memory.free"))


def releases(lab: LabProject) -> list[dict[str, Any]]:
    """Every release the host knows, as its agent tells of it."""
    found: list[dict[str, Any]] = lab.remote.tell("releases")["releases"]
    return found


def walls_of(lab: LabProject, container: str) -> dict[str, Any]:
    """How far a process in a container reaches, told from inside."""
    words = [*lab.docker, "exec", "-i", lab.container, "docker", "exec", "-i", container, PYTHON, "-"]
    return _told(lab, words)


def granted(lab: LabProject, container: str) -> dict[str, Any]:
    """What Docker itself gave a container: which GPUs by their ids, whose shared memory, how much log, which ports."""
    words = ("docker", "inspect", "--format={{json .HostConfig}}", container)
    config = json.loads(lab.inside(*words).out)
    return {
        "gpus": config["DeviceRequests"][0]["DeviceIDs"],
        "ipc": config["IpcMode"],
        "log": config["LogConfig"]["Config"],
        "restart": config["RestartPolicy"]["Name"],
        "ports": config["PortBindings"],
    }


def walls_without(lab: LabProject, image: str) -> dict[str, Any]:
    """The same of a container that has none of the walls."""
    run = ["docker", "run", "--rm", "-i", "--user=0", f"--entrypoint={PYTHON}", image, "-"]
    return _told(lab, [*lab.docker, "exec", "-i", lab.container, *run])


def _told(lab: LabProject, words: list[str]) -> dict[str, Any]:
    outside = lab.script("ip route show default").out.split()[2]
    ran = lab.run([*words, outside], stdin=PROGRAM.read_text(encoding="utf-8"))
    told: dict[str, Any] = json.loads(ran.out.strip().splitlines()[-1])
    return told
