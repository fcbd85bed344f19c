"""How much memory a second copy of the model could have now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ocrfleet.agent.world import World

KIB_PER_GIB, MIB_PER_GIB = 1024 * 1024, 1024
MEMINFO = Path("/proc/meminfo")
SMI = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]


@dataclass(frozen=True)
class Memory:
    """Free memory in GiB and what kind it is."""

    free_gib: float
    kind: str


def measure(world: World) -> Memory:
    """Ask the GPU; where there is none, or its memory is the machine's (GB10 says [N/A]), ask the kernel."""
    done = world.run(SMI, check=False, seconds=10)
    free = [int(word) for word in done.out.split() if word.isdigit()] if done.code == 0 else []
    if free:
        return Memory(round(min(free) / MIB_PER_GIB, 2), "gpu")
    match = re.search(r"^MemAvailable:\s+(\d+) kB", world.read(MEMINFO) or "", re.MULTILINE)
    return Memory(round(int(match[1]) / KIB_PER_GIB, 2) if match else 0.0, "system")
