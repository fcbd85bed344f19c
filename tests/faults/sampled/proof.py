"""The n-th call of a real agent on a real host goes wrong, for a sample of n; in process, every n is broken."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import product

from lab.project import LabProject
from tests.faults.onhost.plant import broken, calls, struck
from tests.faults.onhost.seen import Seen
from tests.faults.onhost.stage import Outcome, Stage
from tests.faults.onhost.truth import is_true
from tests.faults.proof import Cell, Figures
from tests.faults.sampled.operations import Build, Deploy, Operation, Rollback

OPERATIONS: dict[str, Callable[[Stage], Operation]] = {
    "deploy-start-first": lambda stage: Deploy(stage, "start-first"),
    "deploy-stop-first": lambda stage: Deploy(stage, "stop-first"),
    "rollback": Rollback,
    "build": Build,
}
WAYS = {
    "before": {"do": "fail", "when": "before"},
    "after": {"do": "fail", "when": "after"},
    "hangs": {"do": "hang"},
    "dies-before": {"do": "die", "when": "before"},
    "dies-after": {"do": "die", "when": "after"},
}
# Each seed has its own part of the calls: together they are spread over all of them.
SEEDS, POLLS = 6, 4


class Sampled:
    """Each cell breaks one call of one operation in one way; the seed chooses the call."""

    name, seconds = "sampled", 24.0

    def __init__(self, at: Callable[[], LabProject]) -> None:
        self._at = at

    def cells(self) -> Iterable[Cell]:
        for operation, way, seed in product(OPERATIONS, WAYS, range(SEEDS)):
            yield Cell(self.name, f"{operation}:{way}", seed)

    def short(self) -> Iterable[Cell]:
        """Each way once, with each operation among them."""
        for number, way in enumerate(WAYS):
            yield Cell(self.name, f"{list(OPERATIONS)[number % len(OPERATIONS)]}:{way}", number)

    def run(self, cell: Cell) -> Figures:
        operation, way = cell.name.split(":")
        stage = Stage(self._at())
        stage.ready()
        names = _calls(stage, OPERATIONS[operation](stage))
        number = _sample(cell, len(names))
        asked, told, before, name = _strike(stage, OPERATIONS[operation], number, WAYS[way])
        is_true(told, stage.at_rest(), before)
        stage.reads()
        asked.converges(before)
        return {f"N of {operation}": len(names), "told": str(told.code), "broken": f"{operation}: {name}"}


def _strike(
    stage: Stage, begin: Callable[[Stage], Operation], number: int, way: dict[str, str]
) -> tuple[Operation, Outcome, Seen, str]:
    """Ask for the operation while its call of this number goes wrong; say how it ended, and which call it was."""
    while True:
        asked, before = begin(stage), stage.at_rest()
        with broken(stage.lab, verbs=[asked.verb], n=number, **way):
            told = asked.ask()
        if name := struck(stage.lab):
            return asked, told, before, name
        # It waits for an engine by asking again and again, which is not always as often.
        asked.converges(before)
        number -= POLLS


def _calls(stage: Stage, operation: Operation) -> list[str]:
    """The calls that the operation makes when nothing goes wrong, by their names."""
    before = stage.at_rest()
    with broken(stage.lab, verbs=[operation.verb], trace=True):
        whole = operation.ask()
    assert whole.code == 0, whole.error
    found = [line.partition(" ")[2] for line in calls(stage.lab)]
    operation.converges(before)
    return found


def _sample(cell: Cell, count: int) -> int:
    """A call in the part of the calls that belongs to the seed."""
    low, high = (round(count * part / SEEDS) for part in (cell.seed, cell.seed + 1))
    return random.Random(str(cell)).randint(low + 1, max(high, low + 1))
