"""The GPUs of Spark and Calypso, as their programs tell of them.

Sources: an RTX 4090's and a GB10's published `nvidia-smi` lines (tests/unit/plan/machines.py has the same); a GB10 says
[N/A] of its memory, because that is the machine's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

MIB_PER_GIB = 1024


@dataclass(frozen=True)
class Card:
    """One GPU. `total_mib` and `idle_mib` are nvidia-smi's, None where it says [N/A]; `cuda_gib` is what programs get.

    `scale` is how much of a shared memory the lab really has: a GiB of the card's is `1 / scale` GiB there.
    """

    name: str
    uuid: str
    capability: str
    cuda_gib: float
    total_mib: int | None = None
    idle_mib: int | None = None
    scale: int = 1
    driver: str = "580.95.05"

    @property
    def is_shared(self) -> bool:
        """Whether its memory is the machine's."""
        return self.total_mib is None

    @property
    def lab_gib(self) -> float:
        """The memory that a lab host must have for this card, where it is the machine's."""
        return self.cuda_gib / self.scale

    def to_json(self) -> str:
        """What the programs in `driver/` read."""
        return json.dumps(asdict(self))


RTX_4090 = Card(
    "NVIDIA GeForce RTX 4090",
    "GPU-40900000-89ab-cdef-0123-456789abcdef",
    "8.9",
    cuda_gib=23.5,
    total_mib=24564,
    idle_mib=23871,
)
GB10 = Card("NVIDIA GB10", "GPU-10b10000-89ab-cdef-0123-456789abcdef", "12.1", cuda_gib=121.7, scale=40)
