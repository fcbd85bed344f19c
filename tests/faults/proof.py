"""What a campaign is made of: cells that are run one by one, each with a seed, and what was seen in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

Figures = Mapping[str, int | float | str]


@dataclass(frozen=True, order=True)
class Cell:
    """One thing to break, in one place, in one way; the seed decides whatever is left to chance."""

    proof: str
    name: str
    seed: int

    def __str__(self) -> str:
        return f"{self.proof}:{self.name}:{self.seed}"


class Proof(Protocol):
    """A family of cells that show one promise."""

    name: str
    seconds: float  # what one cell takes, about; shards are balanced by it

    def cells(self) -> Iterable[Cell]:
        """All cells of the campaign, always in the same order."""
        ...

    def short(self) -> Iterable[Cell]:
        """The cells that `make test` runs."""
        ...

    def run(self, cell: Cell) -> Figures:
        """Break what the cell says and look at what is left; raises AssertionError when a promise does not hold."""
        ...
