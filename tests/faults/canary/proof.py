"""No secret turns up anywhere but where it belongs, whatever is done; and the search for them finds every leak."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from lab.project import LabProject
from ocrfleet.agent.names import HUB_TOKEN
from tests.faults.canary.canaries import Canary, needles
from tests.faults.canary.leaks import LEAKS
from tests.faults.canary.planted import Planted, planted
from tests.faults.canary.scanner import Scanner
from tests.faults.canary.story import story
from tests.faults.onhost.stage import Stage
from tests.faults.proof import Cell, Figures

STRATEGIES = ("start-first", "stop-first", "auto")


class Canaries:
    """The seed of a story is the strategy; a leak is one kind of place that the search must not miss."""

    name, seconds = "canary", 120.0

    def __init__(self, at: Callable[[], LabProject]) -> None:
        self._at = at

    def cells(self) -> Iterable[Cell]:
        yield from (Cell(self.name, "nothing-leaks", seed) for seed in range(len(STRATEGIES)))
        yield Cell(self.name, "every-leak-is-found", 0)

    def short(self) -> Iterable[Cell]:
        return [Cell(self.name, "nothing-leaks", 0), Cell(self.name, "every-leak-is-found", 0)]

    def run(self, cell: Cell) -> Figures:
        stage = Stage(self._at())
        stage.ready()
        if cell.name == "every-leak-is-found":
            return _finds_leaks(stage.lab)
        with tempfile.TemporaryDirectory() as folder, planted(stage.lab, Path(folder)) as (lab, canaries):
            scanner = Scanner(lab, canaries)
            with scanner.sampling():
                story(lab, scanner, STRATEGIES[cell.seed], Path(folder) / "junit.xml")
            scanner.host()
            scanner.operator()
            _is_where_it_belongs(lab, canaries)
        assert not scanner.found, f"secrets were found: {scanner.found}"
        return {"secrets planted": len(canaries), "leaks": 0, "looks at processes": scanner.looks}


def _is_where_it_belongs(lab: Planted, canaries: tuple[Canary, ...]) -> None:
    """The keys did reach the host, and the hub its token: what was not found was there to be found."""
    keys = lab.script("cat /var/lib/ocrfleet/proxy/keys/*").out
    assert all(canary.value in keys for canary in canaries if canary.name.endswith("-key")), "the keys never came"
    token = next(canary.value for canary in canaries if canary.name == HUB_TOKEN)
    assert lab.hub.was_shown(token), "the hub never saw its token"
    assert not lab.script(f"find /var/lib/ocrfleet/secrets -name {HUB_TOKEN}").out, "the hub's token stayed on the host"


def _finds_leaks(lab: LabProject) -> Figures:
    """Plant every secret in every form in every kind of place; each must be found, in each place."""
    canaries = (Canary.hatch("first"), Canary.hatch("second"))
    for leak in LEAKS.values():
        leak(lab, Scanner(lab, canaries), canaries)
    planted_leaks = len(LEAKS) * len(needles(canaries))
    return {"leaks planted": planted_leaks, "leaks found": planted_leaks}
