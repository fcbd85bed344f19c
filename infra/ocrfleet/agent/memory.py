"""How much memory a second copy of the model could have now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from ocrfleet.agent.objects import object_of
from ocrfleet.agent.world import World

KIB_PER_GIB, MIB_PER_GIB, BYTES_PER_GIB = 1024 * 1024, 1024, 1024**3
MEMINFO = Path("/proc/meminfo")
SMI = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
# How a container is given some GPUs and no others.
CARDS = "--gpus=device="
# A Docker engine may be told to keep all its containers in one control group, and that group may have a limit.
DAEMON, GROUPS = Path("/etc/docker/daemon.json"), Path("/sys/fs/cgroup")
# How the two kinds of control groups name a group's limit, what is taken of it, and whose pages of files are counted.
KINDS = (
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
    (".", "memory.max", "memory.current", ""),
)


@dataclass(frozen=True)
class Memory:
    """Free memory in GiB and what kind it is."""

    free_gib: float
    kind: str

    def __str__(self) -> str:
        return f"{self.free_gib} GiB {self.kind} memory free"


def cards_of(service: Mapping[str, Any]) -> tuple[str, ...]:
    """The GPUs that a service's engine is given by name; none where it gets every one, or none at all."""
    words = takewhile(lambda word: word != "@image", service["run"])
    named = next((word.removeprefix(CARDS) for word in words if word.startswith(CARDS)), "")
    return tuple(named.split(",")) if named else ()


def share_cards(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the engines of two services may take memory from each other."""
    cards, others = cards_of(one), cards_of(other)
    return not cards or not others or not set(cards).isdisjoint(others)


def of_cards(argv: list[str], service: Mapping[str, Any] | None) -> list[str]:
    """A question to nvidia-smi, asked of a service's cards alone."""
    cards = cards_of(service) if service else ()
    return [*argv, f"--id={','.join(cards)}"] if cards else argv


def measure(world: World, service: Mapping[str, Any] | None = None) -> Memory:
    """Ask the GPU; where there is none, or its memory is the machine's (GB10 says [N/A]), ask the kernel.

    Of several GPUs the fullest one counts among those that the service is given, without a service among all. Where
    Docker's containers have a budget together, it is what is left of that.
    """
    done = world.run(of_cards(SMI, service), check=False, seconds=10)
    free = [int(word) for word in done.out.split() if word.isdigit()] if done.code == 0 else []
    if free:
        return Memory(round(min(free) / MIB_PER_GIB, 2), "gpu")
    match = re.search(r"^MemAvailable:\s+(\d+) kB", world.read(MEMINFO) or "", re.MULTILINE)
    system = int(match[1]) / KIB_PER_GIB if match else 0.0
    budget = _budget(world)
    if budget is not None and budget < system:
        return Memory(round(budget, 2), "budget")
    return Memory(round(system, 2), "system")


def _budget(world: World) -> float | None:
    """What is left of the memory that all containers may have together; None where they have no such limit."""
    group = _group(world.read(DAEMON))
    for folder, limit, usage, every in KINDS if group else ():
        place = GROUPS / folder / group
        most, taken = (world.read(place / name) or "" for name in (limit, usage))
        if most.strip().isdigit() and taken.strip().isdigit():
            # Pages of files are given up when somebody needs room, as MemAvailable has it too.
            told = world.read(place / "memory.stat") or ""
            files = re.findall(rf"^{every}(?:in)?active_file (\d+)", told, re.MULTILINE)
            return max(0, int(most) - int(taken) + sum(map(int, files))) / BYTES_PER_GIB
    return None


def _group(config: str | None) -> str:
    found = object_of(config or "") or {}
    return str(found.get("cgroup-parent", "")).strip("/")
