"""The measurements: `python -m lab.bench [FAMILY]... [--rounds N]`; `make bench` runs them all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from lab.bench import comparison, edge, fleet, outage, rendering, restoring, through, updates
from lab.bench.figures import missed
from lab.bench.ground import Ground, ground

ROUNDS = 5
FAMILIES: dict[str, Callable[[Ground], None]] = {
    "updates": updates.measure,
    "outage": outage.measure,
    "restoring": restoring.measure,
    "comparison": comparison.measure,
    "fleet": fleet.measure,
    "edge": through.measure,
}
# What needs no host is measured first; a family may have figures of both kinds.
WITHOUT_HOST: dict[str, Callable[[int], None]] = {"render": rendering.measure, "edge": edge.measure}
ALL = list(dict.fromkeys([*WITHOUT_HOST, *FAMILIES]))


def main(words: list[str]) -> None:
    """Measure, on a lab host made for it where one is needed, and remove that host; a missed limit ends it with 1."""
    parser = argparse.ArgumentParser("lab.bench", description=__doc__)
    parser.add_argument("family", nargs="*", choices=[*ALL, []], help="which figures; default: all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each thing is measured")
    asked = parser.parse_args(words)
    wanted = asked.family or ALL
    missed.clear()
    for name in wanted:
        if name in WITHOUT_HOST:
            WITHOUT_HOST[name](asked.rounds)
    hosted = [name for name in wanted if name in FAMILIES]
    if hosted:
        with ground(asked.rounds) as made:
            for name in hosted:
                FAMILIES[name](made)
    if missed:
        raise SystemExit(f"above its limit: {'; '.join(missed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
