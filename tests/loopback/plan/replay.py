"""Machines played by programs on PATH that say what real ones said: see the folder `recorded`."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrfleet.agent.home import Home
from ocrfleet.agent.machine import Machine as RealMachine
from ocrfleet.agent.memory import MEMINFO
from ocrfleet.agent.probes import probe
from ocrfleet.agent.site import Site
from tests.unit.plan.machines import ID, RTX_4090, RUNTIMES, meminfo

RECORDED = Path(__file__).parent / "recorded"
# What is asked, by words of the command line; the first that fits answers.
CALLS = {
    "nvidia-smi": {"gpus": "*--query-gpu*", "apps": "*--query-compute-apps*"},
    "nvidia-ctk": {"toolkit": "*"},
    "nvidia-container-cli": {"container": "*"},
    "docker": {
        "container": "run*",
        "images": "images*",
        "docker": "version*",
        "detour": "*Mirrors*",
        "runtimes": "info*",
        "proxy": "ps*",
        "removed": "rm*",
    },
    "uname": {"machine": "*"},
    "id": {"groups": "*"},
    "df": {"docker_disk": "*/docker", "disk": "*"},
    "python3": {"reach": "*"},
}
GOOD: dict[str, dict[str, Any]] = {
    "machine": {"out": "x86_64\n"},
    "gpus": {"out": f"{RTX_4090}\n"},
    "toolkit": {"out": "NVIDIA Container Toolkit CLI version 1.18.0\n"},
    "docker": {"out": "28.5.1\n"},
    "runtimes": {"out": f"{RUNTIMES}\n"},
    "detour": {"out": "[] \n"},
    "groups": {"out": "neptune docker\n"},
    "images": {"out": "vllm/vllm-openai:v0.30.0\n"},
    "disk": {"out": "   Avail     IFree\n209715200 25000000\n"},
    "docker_disk": {"out": "   Avail     IFree\n209715200 25000000\n"},
    "container": {"out": f"GPU 0: NVIDIA GeForce RTX 4090 (UUID: {ID})\n"},
}


class Replayed(RealMachine):
    """The real machine but for the kernel's files."""

    def __init__(self, folder: Path, told: Mapping[str, Any]) -> None:
        super().__init__(folder / "reserve")
        self._files = {MEMINFO: told.get("meminfo", meminfo(60)), Path("/proc/net/tcp"): told.get("sockets", "")}

    def read(self, path: Path) -> str | None:
        return self._files.get(path)


@dataclass(frozen=True)
class Recording:
    """What a machine said, where that was published, and what must be found out of it for which host file."""

    name: str
    told: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Recording:
        return cls(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))


def every() -> list[Recording]:
    """All recordings, by name."""
    return [Recording.load(path) for path in sorted(RECORDED.glob("*.toml"))]


def play(folder: Path, told: Mapping[str, Any], questions: Mapping[str, Any]) -> dict[str, Any]:
    """Let the agent's verb ask the machine; PATH must lead to the folder `bin` and nowhere else."""
    (folder / "bin").mkdir()
    for program, calls in CALLS.items():
        cases = [f"{pattern})\n{_say(told.get(name, GOOD.get(name, {})))}\n;;" for name, pattern in calls.items()]
        path = folder / "bin" / program
        path.write_text("\n".join(["#!/bin/sh", 'case "$*" in', *cases, "esac", ""]), encoding="utf-8")
        path.chmod(0o755)
    site = Site(Replayed(folder, told), Home(folder), lambda _: None)
    return probe(site, {"host": "calypso", **questions})


def _say(answer: Mapping[str, Any]) -> str:
    if answer.get("hangs"):
        return "exec /bin/sleep 20"
    words = [f"printf %s {shlex.quote(answer.get('out', ''))}", f"printf %s {shlex.quote(answer.get('err', ''))} >&2"]
    return "\n".join([*words, f"exit {answer.get('code', 0)}"])
