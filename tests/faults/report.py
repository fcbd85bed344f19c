"""Writes docs/campaign.md from every run in campaign/*.jsonl: `make campaign-report`."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from lab.places import ROOT
from tests.faults import records
from tests.faults.campaign import RUNS
from tests.faults.proof import Proof
from tests.faults.proofs import nowhere, proofs
from tests.faults.records import Run

TARGET = ROOT / "docs" / "campaign.md"
HEAD = """\
# The campaign

What was broken on purpose, how often, and what was left of the promises. `make campaign SHARD=k/n` runs a part of
it and `make campaign-report` writes this page. A cell is one thing to break, in one place, in one way, with one seed.
"""


def report(all_proofs: Sequence[Proof], runs: Sequence[Run]) -> str:
    """The page. Only the last run of a cell counts, and of no cell that there was once."""
    cells = {cell for proof in all_proofs for cell in proof.cells()}
    runs = [run for run in runs if run.cell in cells]
    last = {run.cell: run for run in sorted(runs, key=lambda run: run.at)}
    parts = [HEAD, _when(last.values()), _table(all_proofs, last.values(), runs)]
    parts += [_figures(proof, [run for run in last.values() if run.proof == proof.name]) for proof in all_proofs]
    return "\n".join(filter(None, [*parts, _failures(last.values())]))


def _when(runs: Iterable[Run]) -> str:
    found = list(runs)
    if not found:
        return "Nothing was run yet.\n"
    commits = ", ".join(sorted({run.commit for run in found}))
    return f"Runs from {min(run.at for run in found)} to {max(run.at for run in found)}, of the sources at {commits}.\n"


def _table(all_proofs: Sequence[Proof], last: Iterable[Run], runs: Sequence[Run]) -> str:
    rows = ["| proof | cells | of them run | runs in all | failed at last |", "|---|---|---|---|---|"]
    found = list(last)
    for proof in all_proofs:
        mine = [run for run in found if run.proof == proof.name]
        every = sum(run.proof == proof.name for run in runs)
        failed = sum(not run.passed for run in mine)
        rows.append(f"| {proof.name} | {len(list(proof.cells()))} | {len(mine)} | {every} | {failed} |")
    return "\n".join(rows) + "\n"


def _figures(proof: Proof, runs: Sequence[Run]) -> str:
    """What the runs of a proof measured: the sum and the range of numbers, the different words of the rest."""
    measured: dict[str, list[int | float | str]] = defaultdict(list)
    for run in runs:
        for name, value in run.figures.items():
            measured[name].append(value)
    if not measured:
        return ""
    rows = [f"| {name} | {_spread(values)} |" for name, values in sorted(measured.items())]
    return "\n".join([f"## {proof.name}\n", "| figure | seen |", "|---|---|", *rows]) + "\n"


def _spread(values: Sequence[int | float | str]) -> str:
    numbers = sorted(value for value in values if isinstance(value, (int, float)))
    if len(numbers) < len(values):
        counted: Mapping[str, int] = {str(one): values.count(one) for one in sorted(map(str, set(values)))}
        return ", ".join(f"{word} ({count} times)" for word, count in counted.items())
    middle, high = numbers[len(numbers) // 2], numbers[round(0.95 * (len(numbers) - 1))]
    return f"sum {round(sum(numbers), 3)}; least {numbers[0]}, median {middle}, 95 % up to {high}, most {numbers[-1]}"


def _failures(runs: Iterable[Run]) -> str:
    failed = [run for run in runs if not run.passed]
    if not failed:
        return "No cell failed at its last run.\n"
    told = [f"- `{run.again}`\n\n```\n{run.failure}\n```\n" for run in failed]
    return "\n".join(["## What failed\n", *told])


def main() -> int:
    """Write the page."""
    TARGET.parent.mkdir(exist_ok=True)
    found = list(records.read(sorted(RUNS.glob("*.jsonl"))))
    TARGET.write_text(report(proofs(nowhere), found), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}: {len(found)} runs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
