"""Whatever call breaks, in whatever way, the host comes to rest as it must be, and the same again converges.

Every call of the agent (commands, requests, each write, rename and sync of a file) and every call of an operator (SSH,
SFTP, writes of Pulumi's state) has a number. Each of them is broken once in each way; nothing is left to chance.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from contextlib import redirect_stderr
from functools import cached_property
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from tests.faults.nth import ground, operators
from tests.faults.nth.ground import Ground
from tests.faults.nth.operators import RUNS, Side
from tests.faults.nth.scenarios import SCENARIOS
from tests.faults.proof import Cell, Figures

MEMORY = Path("/dev/shm")
# `make test` breaks every so manyth place; no number of kinds or calls is a multiple of it.
STRIDE = 31


class Broken(Protocol):
    """What can be broken at each of its calls."""

    calls: tuple[str, ...]

    def places(self, kind: str) -> Sequence[int]:
        """The numbers of the calls that can be broken so."""
        ...

    def breaks(self, kind: str, n: int) -> None:
        """Break the n-th call; raises AssertionError when a promise does not hold."""
        ...


class NthOperation:
    """The proof of the n-th operation."""

    name = "nth"
    seconds = 0.1

    def __init__(self) -> None:
        self._there: dict[str, Broken] = {}
        self.names = [*(one.name for one in SCENARIOS), *(one.name for one in RUNS)]

    def cells(self) -> list[Cell]:
        return [cell for name in self.names for cell in self.cells_of(name)]

    def short(self) -> list[Cell]:
        return [cell for name in self.names for cell in self.short_of(name)]

    def short_of(self, name: str) -> list[Cell]:
        """The cells of one scenario that `make test` runs."""
        cells = self.cells_of(name)
        return cells[self.names.index(name) % min(STRIDE, len(cells)) :: STRIDE]

    def cells_of(self, name: str) -> list[Cell]:
        """The cells of one scenario."""
        there = self.there(name)
        kinds = ground.KINDS if isinstance(there, Ground) else operators.KINDS
        return [Cell(self.name, f"{name}/{kind}/{n}", 0) for kind in kinds for n in there.places(kind)]

    def run(self, cell: Cell) -> Figures:
        name, kind, n = cell.name.split("/")
        there = self.there(name)
        with redirect_stderr(StringIO()):
            there.breaks(kind, int(n))
        return {"scenario": name, "kind": kind, "n": int(n), "calls": len(there.calls)}

    def there(self, name: str) -> Broken:
        """The scenario, run once untouched by the first who asks."""
        if name not in self._there:
            root = self._root / str(self.names.index(name))
            root.mkdir()
            with redirect_stderr(StringIO()):
                self._there[name] = _before(name, root)
        return self._there[name]

    @cached_property
    def _root(self) -> Path:
        folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        atexit.register(folder.cleanup)
        return Path(folder.name)


def _before(name: str, root: Path) -> Broken:
    scenario = next((one for one in SCENARIOS if one.name == name), None)
    if scenario is not None:
        return Ground(scenario, root)
    return Side(next(one for one in RUNS if one.name == name), root)


PROOF = NthOperation()
