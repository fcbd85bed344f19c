"""Who holds a GPU's memory. They are named and never ended: the machine may be somebody's desktop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocrfleet.agent.memory import MIB_PER_GIB, of_cards
from ocrfleet.agent.world import World

APPS = ["nvidia-smi", "--query-compute-apps=process_name,pid,used_memory", "--format=csv,noheader,nounits"]


def held_by(world: World, service: Mapping[str, Any]) -> str:
    """End a sentence about memory with every process on a service's GPUs; nothing where nvidia-smi lists none."""
    done = world.run(of_cards(APPS, service), check=False, seconds=10)
    rows = [line.rsplit(",", 2) for line in done.out.splitlines()] if done.code == 0 else []
    named = [_named(*(word.strip() for word in row)) for row in rows if len(row) == len(("name", "pid", "used"))]
    return f"; it is held by {', '.join(named)}" if named else ""


def _named(name: str, pid: str, used: str) -> str:
    held = f", {int(used) / MIB_PER_GIB:.1f} GiB" if used.isdigit() else ""
    return f"{name} (process {pid}{held})"
