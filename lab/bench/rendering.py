"""How long the render function takes: every host of the project, in every profile that one key gives it."""

from __future__ import annotations

from functools import partial
from statistics import median

from lab.bench.figures import tell, timed
from ocrfleet.project import Project
from ocrfleet.render import render
from scripts.make_golden import CASES, ROOT, case

LIMIT, EACH = 0.05, 5


def measure(rounds: int) -> None:
    """Tell the median of a host, and the first time beside it, which also loads what templates need."""
    project = Project(ROOT)
    for name in CASES:
        once = partial(render, project, case(name))
        times = [timed(once) for _ in range(rounds * EACH)]
        tell(f"render of {name}", median(times), limit=LIMIT, first=times[0], slowest=max(times))
