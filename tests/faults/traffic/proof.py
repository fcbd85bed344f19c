"""Callers go on asking while one release follows another: which of them lose their answer.

start-first: none, whether the new release is good or not. stop-first: none as long as the outage is shorter than the
hold limit, and the old release answers those who wait when the new one fails; whoever waits longer than the limit is
told to come back.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab.project import LabProject
from lab.traffic import traffic
from tests.faults.proof import Cell, Figures
from tests.faults.traffic.judge import Swap, figures, wrong

RATE, SWAPS, SEEDS = 50.0, 5, 6
PAGES_EVERY = (0.5, 3.0)
START, STOP, FAILS, LIMIT = "start-first", "stop-first", "fails", "hold-limit"
HOLD_SECONDS, SHORT_HOLD_SECONDS = 60, 2
# All who ask while nobody answers may wait: the rate times the hold limit.
CROWD = {"proxy__max_requests": round(RATE * HOLD_SECONDS)}
RESTORED = 20
# How far a plan may be from what callers see: the machine of a campaign is shared.
TIMES, SECONDS = 2.0, 5.0


@dataclass
class Traffic:
    """The proof, on the lab host that `at` gives."""

    at: Callable[[], LabProject]
    name: str = "traffic"
    seconds: float = 120.0

    def cells(self) -> Iterable[Cell]:
        yield from self.short()
        for seed in range(SEEDS):
            yield from (Cell(self.name, f"{strategy} {SWAPS} swaps", seed) for strategy in (START, STOP))
        for seed in range(SEEDS // 2):
            yield from (Cell(self.name, f"{strategy} 2 swaps {FAILS}", seed) for strategy in (START, STOP))
            yield Cell(self.name, f"{STOP} 2 swaps {LIMIT}", seed)

    def short(self) -> Iterable[Cell]:
        yield Cell(self.name, f"{START} 2 swaps", 0)
        yield Cell(self.name, f"{STOP} 2 swaps", 0)
        yield Cell(self.name, f"{STOP} 1 swaps {LIMIT}", 0)

    def run(self, cell: Cell) -> Figures:
        """Deploy, then swap under traffic as often as the cell says."""
        strategy, count, _, *what = cell.name.split()
        lab, chance = self.at(), random.Random(cell.seed)
        hold = SHORT_HOLD_SECONDS if LIMIT in what else HOLD_SECONDS
        service = {"build__template": "lab", "cutover__strategy": strategy, "proxy__hold_seconds": hold, **CROWD}
        try:
            lab.deploy(**service, engine__env={"NOTE": f"{cell} before"})
            with traffic(lab, rate=RATE, pages_every=chance.uniform(*PAGES_EVERY)) as answers:
                swaps = []
                for number in range(int(count)):
                    time.sleep(chance.uniform(0.0, 2.0))
                    change = {**service, "engine__env": {"NOTE": f"{cell} {number}"}}
                    swaps.append(_fail(lab, change) if FAILS in what else _swap(lab, change))
            found = figures(answers, swaps)
            refused = wrong(answers, hold=hold if LIMIT in what else None)
            assert not refused, f"{len(refused)} of {len(answers)} callers: {refused[:5]}; {found}"
            assert len(answers) >= RATE * (swaps[-1].ended - swaps[0].begun) * 0.8, f"too few were asked: {found}"
            assert (LIMIT in what) == bool(found["sent away with Retry-After"]), f"nobody met the limit: {found}"
            _compare(swaps, found)
        finally:
            lab.clean()
        return found


def _swap(lab: LabProject, change: dict[str, object]) -> Swap:
    """Replace the release by one that is good."""
    lab.write(**change)
    expected = json.loads(lab.ocrfleet("plan", lab.name, "--json").out)["outage_seconds"]
    begun = time.monotonic()
    lab.deploy()
    serving = lab.remote.facts().serving or {}
    return Swap(begun, time.monotonic(), expected, serving["outage_seconds"])


def _fail(lab: LabProject, change: dict[str, object]) -> Swap:
    """Try to replace the release by one that is never ready in time."""
    before, begun = lab.serving(), time.monotonic()
    ran = lab.up(**{**change, "gate__ready_seconds": 0.05})
    assert f"(ocrfleet exit code {RESTORED})" in ran.out, ran.out
    assert lab.serving() == before
    return Swap(begun, time.monotonic(), None, None)


def _compare(swaps: list[Swap], found: Figures) -> None:
    """A plan that is far from what is seen is no plan; before the first swap of a host it may be silent."""
    for swap in swaps:
        if swap.expected is not None and swap.recorded is not None:
            assert swap.recorded <= TIMES * swap.expected + SECONDS, f"the plan said {swap.expected} s: {found}"
