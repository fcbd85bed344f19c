"""The page says what was run, what was measured, and how to see a failure again."""

from pathlib import Path

from tests.faults import records
from tests.faults.proofs import nowhere, proofs
from tests.faults.records import Run
from tests.faults.report import report


def run(seed: int, *, passed: bool = True, at: str = "2026-11-21T17:00:00+00:00") -> Run:
    figures = {"heal_seconds": 1.5 + seed, "told": "40"}
    failure = "" if passed else "AssertionError: two engines ran"
    return Run("matrix", "stop-first:gated:restart", seed, passed, 9.0, at, "0123abcd", figures, failure)


def test_runs_are_kept_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "campaign" / "runs.jsonl"
    records.append(path, run(0))
    with path.open("a") as file:
        file.write('{"proof": "matr')
    assert list(records.read([path])) == [run(0)]


def test_a_failure_is_told_with_what_to_type() -> None:
    page = report(proofs(nowhere), [run(0), run(1, passed=False)])
    assert "make campaign CELL='matrix:stop-first:gated:restart:1'" in page
    assert "two engines ran" in page
    assert "| 2 | 2 | 1 |" in page


def test_only_the_last_run_of_a_cell_counts() -> None:
    page = report(proofs(nowhere), [run(1, passed=False), run(1, at="2026-11-21T18:00:00+00:00")])
    assert "No cell failed" in page
    assert "| 1 | 2 | 0 |" in page


def test_figures_are_told_as_their_range_and_words_are_counted() -> None:
    page = report(proofs(nowhere), [run(seed) for seed in range(3)])
    assert "| heal_seconds | sum 7.5; least 1.5, median 2.5, 95 % up to 3.5, most 3.5 |" in page
    assert "| told | 40 (3 times) |" in page
    assert "0123abcd" in page


def test_what_is_no_cell_any_more_does_not_count() -> None:
    page = report(proofs(nowhere), [run(0), run(99, passed=False)])
    assert "No cell failed" in page
    assert "| 1 | 1 | 0 |" in page
