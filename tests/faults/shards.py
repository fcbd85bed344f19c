"""Which cells a shard of the campaign runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.proof import Cell, Proof

# What a shard may take, less what its lab host needs to come up.
SHARD_SECONDS = 420.0


@dataclass
class Shard:
    """Some cells, and how long they take together, about."""

    cells: list[Cell] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, cell: Cell, seconds: float) -> None:
        self.cells.append(cell)
        self.seconds += seconds


def weigh(proofs: Iterable[Proof]) -> list[tuple[Cell, float]]:
    """Every cell of the campaign and what it takes."""
    return [(cell, proof.seconds) for proof in proofs for cell in proof.cells()]


def needed(weighed: Sequence[tuple[Cell, float]]) -> int:
    """How many shards there must be, so that none takes too long."""
    longest = max((seconds for _, seconds in weighed), default=0.0)
    room = max(SHARD_SECONDS - longest, longest, 1.0)
    return max(1, -(-int(sum(seconds for _, seconds in weighed)) // int(room)))


def share(weighed: Sequence[tuple[Cell, float]], shards: int) -> list[Shard]:
    """Spread the cells: always in the same way, each shard taking about as long, each with a bit of everything."""
    found = [Shard() for _ in range(shards)]
    for cell, seconds in sorted(weighed, key=lambda one: (-one[1], one[0].proof)):
        min(found, key=lambda shard: shard.seconds).add(cell, seconds)
    return found
