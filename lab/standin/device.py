"""The GPU as the lab's container hook gives it to a container: what it is, how much is free, and what is taken."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

PLACE, MEMINFO = Path("/dev/lab-gpu"), Path("/proc/meminfo")
MIB, GIB, KIB_PER_GIB = 1024, 1 << 30, 1 << 20
# As the real one calls the process that has the model.
NAME = "VLLM::EngineCore"


@dataclass
class Device:
    """One GPU. Where its memory is the machine's, what is taken is really taken, by the lab's scale."""

    name: str
    total_gib: float
    free_gib: float
    pid: int
    shared_scale: int | None
    place: Path
    held: bytes = b""

    @classmethod
    def find(cls, place: Path = PLACE, meminfo: Path = MEMINFO) -> "Device":
        """Look for the GPU; RuntimeError as CUDA says it where there is none."""
        try:
            card = json.loads((place / "card.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RuntimeError("No CUDA GPUs are available") from None
        total, free = card["cuda_gib"], card["free_mib"]
        if free is None:
            available = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text(encoding="utf-8"), re.MULTILINE)
            machine = int(available[1]) / KIB_PER_GIB * card["scale"] if available else 0.0
            return cls(card["name"], total, min(total, machine), card["pid"], card["scale"], place)
        return cls(card["name"], total, min(total, free / MIB), card["pid"], None, place)

    def take(self, gib: float) -> None:
        """Hold memory until the process ends."""
        (self.place / "used").write_text(f"{self.pid} {round(gib * MIB)} {NAME}\n", encoding="utf-8")
        if self.shared_scale is not None:
            # Written to, so that the kernel really gives it.
            self.held = b"x" * round(gib * GIB / self.shared_scale)
