"""What is kept of every run of a cell: one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.proof import Cell


@dataclass(frozen=True)
class Run:
    """One run of one cell: what was seen, and how to see it again."""

    proof: str
    name: str
    seed: int
    passed: bool
    seconds: float
    at: str
    commit: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    failure: str = ""

    @property
    def cell(self) -> Cell:
        return Cell(self.proof, self.name, self.seed)

    @property
    def again(self) -> str:
        """What to type to see it again."""
        return f"make campaign CELL='{self.cell}'"


def append(path: Path, run: Run) -> None:
    """Add a run to a file of runs."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**asdict(run), "again": run.again}) + "\n")


def read(paths: Iterable[Path]) -> Iterator[Run]:
    """Every run in these files; a line that was torn when somebody stopped the campaign is left out."""
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            yield Run(**{name: found[name] for name in Run.__dataclass_fields__})
