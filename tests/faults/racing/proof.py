"""Twenty operators want to change one host at the same moment: one does, the others are told who."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from lab.project import LabProject
from tests.faults.onhost.plant import broken, calls
from tests.faults.onhost.seen import Seen
from tests.faults.onhost.stage import Stage
from tests.faults.proof import Cell, Figures

RACERS = Path(__file__).with_name("racers.py")
OPERATORS, ROUNDS = 20, 50
BUSY = 50
LAST = "overwrite committed"
STANDS = {"name": "overwrite prepared", "do": "hold", "when": "after"}
EVIDENCE = ("deploy by racer-", "since ", "pid ", "job ")
# What only the holder of the lock may do.
MUTATIONS = (
    "overwrite ",
    "save state.json",
    "save manifest.json",
    "save upstream",
    "run docker create",
    "run docker start",
    "run docker stop",
    "run docker rm",
)


class Racing:
    """Each cell is one round; in every second one the holder of the lock is stopped until all others are answered."""

    name, seconds = "racing", 13.0

    def __init__(self, at: Callable[[], LabProject]) -> None:
        self._at = at

    def cells(self) -> Iterable[Cell]:
        for seed in range(ROUNDS):
            yield Cell(self.name, "holder-stopped" if seed % 2 else "free", seed)

    def short(self) -> Iterable[Cell]:
        return list(self.cells())[:2]

    def run(self, cell: Cell) -> Figures:
        stage = Stage(self._at())
        before = stage.ready()
        is_stopped = cell.name == "holder-stopped"
        with broken(stage.lab, verbs=["deploy"], trace=True, **(STANDS if is_stopped else {})):
            raced = _race(stage.lab, stop=is_stopped)
        told, traced = raced["told"], calls(stage.lab)
        tells_who(told, raced["stopped"])
        one_after_the_other(traced)
        seen = stage.at_rest()
        done = _done_once(told, before, seen)
        stage.reads()
        return {"operators": OPERATORS, "deployed": done, "told 50": sum(one["code"] == BUSY for one in told)}


def _race(lab: LabProject, *, stop: bool) -> dict[str, Any]:
    words = [*lab.docker, "exec", "--user=ocr", lab.container, "python3", "-c", RACERS.read_text(encoding="utf-8")]
    ran = lab.run([*words, str(OPERATORS), "stop" if stop else "free"])
    found: dict[str, Any] = json.loads(ran.out)
    return found


def tells_who(told: list[dict[str, Any]], stopped: dict[str, Any]) -> None:
    """Everybody but who deployed is told 50, with who that is."""
    for one in told:
        assert one["code"] in {0, BUSY}, one
        if one["code"] == BUSY:
            missing = [words for words in EVIDENCE if words not in one["failed"]]
            assert not missing, f"{missing} not in: {one['failed']}"
            assert one["changed"] == "nothing", one
    if stopped:
        busy = [one for one in told if one["code"] == BUSY]
        assert len(busy) == len(told) - 1, f"{len(busy)} of {len(told)} were refused while the holder stood still"
        for one in busy:
            assert f"pid {stopped['pid']}" in one["failed"], one


def one_after_the_other(traced: list[str]) -> None:
    """What one process changes is never mixed with what another changes, to the end of what was deployed."""
    made = [(pid, call) for pid, _, call in (line.partition(" ") for line in traced)]
    assert any(call == LAST for _, call in made), "what was deployed was not followed to its end"
    owners = [pid for pid, call in made if call.startswith(MUTATIONS)]
    turns = [owner for last, owner in pairwise([None, *owners]) if owner != last]
    assert len(turns) == len(set(turns)), f"these took turns in changing the host: {turns}"


def _done_once(told: list[dict[str, Any]], before: Seen, seen: Seen) -> int:
    """Everyone who was told so deployed one release, and nobody else did."""
    done = sorted(one["result"]["release"] for one in told if one["code"] == 0)
    assert done
    first = max(before.releases) + 1
    assert done == list(range(first, first + len(done))), done
    assert seen.serving == done[-1]
    assert max(seen.releases) == done[-1]
    assert seen.deploys() - before.deploys() == len(done)
    return len(done)
