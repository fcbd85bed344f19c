"""The measurements: `python -m lab.bench [FAMILY]... [--rounds N]`; `make bench` runs them all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from lab.bench import comparison, fleet, outage, restoring, updates
from lab.bench.ground import Ground, ground

ROUNDS = 5
FAMILIES: dict[str, Callable[[Ground], None]] = {
    "updates": updates.measure,
    "outage": outage.measure,
    "restoring": restoring.measure,
    "comparison": comparison.measure,
    "fleet": fleet.measure,
}


def main(words: list[str]) -> None:
    """Measure on a lab host made for it, and remove that host."""
    parser = argparse.ArgumentParser("lab.bench", description=__doc__)
    parser.add_argument("family", nargs="*", choices=[*FAMILIES, []], help="which figures; default: all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each thing is measured")
    asked = parser.parse_args(words)
    with ground(asked.rounds) as made:
        for name in asked.family or FAMILIES:
            FAMILIES[name](made)


if __name__ == "__main__":
    main(sys.argv[1:])
