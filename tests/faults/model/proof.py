"""In whatever order things happen to a host: what serves read its page, and nothing that could serve is lost."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.model.rules import AnyOrder
from tests.faults.proof import Cell, Figures

EXAMPLES, STEPS, CELLS = 50, 30, 40
SHORT_EXAMPLES, SHORT_CELLS = 25, 4
LONG, BRIEF = "long", "brief"


class StatefulModel:
    """The proof by a model; a cell is a seed and some examples drawn from it."""

    name = "model"
    seconds = 60.0

    def cells(self) -> list[Cell]:
        return [*self.short(), *(Cell(self.name, LONG, number) for number in range(CELLS))]

    def short(self) -> list[Cell]:
        return [Cell(self.name, BRIEF, number) for number in range(SHORT_CELLS)]

    def run(self, cell: Cell) -> Figures:
        examples = EXAMPLES if cell.name == LONG else SHORT_EXAMPLES
        wish = settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(seed(cell.seed)(type("AnyOrder", (AnyOrder,), {})), settings=wish)
        return {"examples": examples, "steps": STEPS}


PROOF = StatefulModel()
