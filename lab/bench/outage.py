"""What callers inside the host notice while releases follow each other."""

from __future__ import annotations

from lab.bench.figures import tell
from lab.bench.ground import Ground
from lab.traffic import traffic

RATE, SWAPS, LEAST = 20.0, 3, 500


def measure(ground: Ground) -> None:
    """Count the answers that were not right during start-first swaps."""
    with traffic(ground.project, rate=RATE) as answers:
        for number in range(SWAPS):
            ground.deploy(engine__env={"NOTE": f"swap {number}"}, cutover__strategy="start-first")
    if len(answers) < LEAST:
        raise SystemExit(f"the probes do not cover {SWAPS} swaps: there are {len(answers)} of them")
    failed = sum(not one.good for one in answers)
    slowest = max(one.seconds for one in answers)
    what = f"failed requests at {RATE:.0f} a second during {SWAPS} start-first swaps"
    tell(what, failed, limit=0, sent=len(answers), slowest_seconds=slowest)
