"""Every fault at every step of a deploy, by both strategies."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

from lab.project import LabProject
from ocrfleet.remote import Remote
from tests.faults.matrix import disks, link, machine, operators, rivals
from tests.faults.matrix.operators import Ending
from tests.faults.matrix.scene import Fault, Scene
from tests.faults.onhost.plant import broken, until_held
from tests.faults.onhost.stage import Outcome, Stage
from tests.faults.onhost.truth import is_true
from tests.faults.proof import Cell, Figures

STEPS = ("prepared", "candidate_started", "gated", "switched", "drained", "committed")
STRATEGIES = ("start-first", "stop-first")
# By the seed: the agent stands still before it records the step, after that, or goes on while the fault strikes.
MOMENTS = ("before", "after", "moving")
# An agent that moves has gone on for up to so many seconds.
WITHIN = 0.8
FAULTS = {fault.name: fault for fault in (*link.FAULTS, *machine.FAULTS, *disks.FAULTS, *rivals.FAULTS)}
NAMES = (*FAULTS, *operators.SIGNALS)


class Matrix:
    """Each cell is one strategy, one step, one fault; the seed is the moment and whatever else is left to chance."""

    name, seconds = "matrix", 16.0

    def __init__(self, at: Callable[[], LabProject]) -> None:
        self._at = at

    def cells(self) -> Iterable[Cell]:
        for strategy, step, fault, seed in product(STRATEGIES, STEPS, NAMES, range(len(MOMENTS))):
            yield Cell(self.name, f"{strategy}:{step}:{fault}", seed)

    def short(self) -> Iterable[Cell]:
        """Each fault once, and with them each step and both strategies."""
        for number, fault in enumerate(NAMES):
            strategy, step = STRATEGIES[number % 2], STEPS[number % len(STEPS)]
            yield Cell(self.name, f"{strategy}:{step}:{fault}", number % len(MOMENTS))

    def run(self, cell: Cell) -> Figures:
        strategy, step, fault = cell.name.split(":")
        stage = Stage(self._at())
        before, moment = stage.ready(), moment_of(fault, cell.seed)
        plan = {"name": f"overwrite {step}", "do": "hold", "when": "before" if moment == "before" else "after"}
        chance = random.Random(str(cell))
        if fault in operators.SIGNALS:
            moves = chance.uniform(0.0, WITHIN) if moment == "moving" else None
            Ending(fault, strategy, f"{cell} {time.time_ns()}", moves).run(stage, before, plan)
            return {"moment": moment}
        wanted = stage.wish(str(cell), strategy)
        with FAULTS[fault].arranged(stage) as remote:
            met = Meeting(stage, FAULTS[fault], wanted, remote, chance)
            told, healed = met.strike(plan, moving=moment == "moving")
            is_true(told, stage.at_rest(), before)
            stage.converges(wanted)
        return {"moment": moment, "told": str(told.code), "heal_seconds": healed}


def moment_of(fault: str, seed: int) -> str:
    """When a fault strikes; one for an agent that stands still has its third seed after the step, too."""
    moment = MOMENTS[seed % len(MOMENTS)]
    return "after" if moment == "moving" and fault in FAULTS and FAULTS[fault].stands else moment


@dataclass(frozen=True)
class Meeting:
    """A deploy and the fault it meets."""

    stage: Stage
    fault: Fault
    wanted: dict[str, Any]
    remote: Remote
    chance: random.Random

    def strike(self, plan: dict[str, str], *, moving: bool) -> tuple[Outcome, float]:
        """Let the fault strike; return what the operator was told, and after how many seconds all was well again."""
        with broken(self.stage.lab, verbs=["deploy"], **plan):
            asked = self.stage.beside(lambda: self.stage.deploy(self.wanted, self.remote))
            until_held(self.stage.lab, asked.done)
            step = plan["name"].removeprefix("overwrite ")
            scene = Scene(self.stage, self.wanted, asked, self.chance, moving, step)
            if scene.moving:
                scene.go_on(within=WITHIN)
            self.fault.strike(scene)
        struck, told = time.monotonic(), scene.outcome()
        self.stage.at_rest()
        assert self.fault.allows(told.code, moving=scene.moving), f"the operator was told {told.code}: {told.error}"
        self.stage.reads()
        return told, round(time.monotonic() - struck, 1)
