"""Runs the cells of one shard, one by one, and writes down what was seen: `make campaign SHARD=k/n`.

`CELL=proof:name:seed` runs one cell instead; without either, it says how many shards are needed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from lab.places import ROOT
from lab.project import LabProject
from tests.faults import records, shards
from tests.faults.proof import Cell, Figures, Proof
from tests.faults.proofs import nowhere, proof_of, proofs
from tests.trial import trial

RUNS, LINES = ROOT / "campaign", 60


class Campaign:
    """Runs cells on one lab host, which is made when the first of them asks for it."""

    def __init__(self, stack: ExitStack, target: Path) -> None:
        self._stack, self._target = stack, target
        self._lab: LabProject | None = None
        self._proofs, self._commit = proofs(self._at), commit()

    def run(self, cell: Cell) -> records.Run:
        """Run one cell, and keep what was seen before anything else is done."""
        start, at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
        figures, failure = self._tried(proof_of(cell, self._proofs), cell)
        took = round(time.monotonic() - start, 1)
        run = records.Run(
            proof=cell.proof,
            name=cell.name,
            seed=cell.seed,
            passed=not failure,
            seconds=took,
            at=at,
            commit=self._commit,
            figures=dict(figures),
            failure=failure,
        )
        records.append(self._target, run)
        return run

    def _tried(self, proof: Proof, cell: Cell) -> tuple[Figures, str]:
        try:
            return proof.run(cell), ""
        except Exception as error:  # noqa: BLE001  whatever a cell meets is what the campaign is there to write down
            return {}, _told(error)

    def _at(self) -> LabProject:
        if self._lab is None:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ocrfleet-campaign-")))
            self._lab = self._stack.enter_context(trial(folder, folder))
        return self._lab


def _told(error: Exception) -> str:
    """Where it failed and what it said, with the first of the notes that say how it came to that."""
    told = [*traceback.format_tb(error.__traceback__)[-1:], *traceback.format_exception_only(error)]
    return "\n".join("".join(told).replace(f"{ROOT}/", "").splitlines()[:LINES])


def commit() -> str:
    """Which state of the sources is tried; a `+` stands for changes that are not committed."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], check=True, cwd=ROOT, capture_output=True, text=True).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain") else "")


def parse(text: str) -> Cell:
    """Read a cell as it is printed; its name may have colons of its own."""
    proof, _, rest = text.partition(":")
    name, _, seed = rest.rpartition(":")
    return Cell(proof, name, int(seed))


def chosen(words: argparse.Namespace) -> Sequence[Cell]:
    """The cells that were asked for."""
    if words.cell:
        return [parse(words.cell)]
    number, _, of = words.shard.partition("/")
    return shards.share(shards.weigh(proofs(nowhere)), int(of))[int(number) - 1].cells


def main() -> int:
    """Run what was asked for; the exit code says whether every promise held."""
    words = _words()
    if not (words.shard or words.cell):
        return _list()
    target, failed = RUNS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl", 0
    with ExitStack() as stack:
        campaign = Campaign(stack, target)
        for cell in chosen(words):
            run = campaign.run(cell)
            failed += not run.passed
            said = "" if run.passed else f"\n{run.failure}\nagain: {run.again}"
            sys.stdout.write(f"{'ok  ' if run.passed else 'FAIL'} {run.seconds:6.1f} s  {cell}{said}\n")
            sys.stdout.flush()
    return 1 if failed else 0


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__)
    parser.add_argument("--shard", default="", help="k/n: the k-th of n parts")
    parser.add_argument("--cell", default="", help="proof:name:seed")
    return parser.parse_args()


def _list() -> int:
    weighed = shards.weigh(proofs(nowhere))
    number = shards.needed(weighed)
    sys.stdout.write(f"{len(weighed)} cells; {number} shards keep each below nine minutes\n")
    for at, shard in enumerate(shards.share(weighed, number), start=1):
        sys.stdout.write(f"SHARD={at}/{number}  {len(shard.cells):4} cells  about {shard.seconds:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
