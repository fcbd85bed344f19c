"""What an operator was told is compared with the host."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.errors import HostRefused, OcrfleetError, Restored, Unknown
from tests.faults.onhost.seen import Seen
from tests.faults.onhost.stage import Outcome
from tests.faults.onhost.truth import is_true


def seen(serving: int, *good: int, log: str = "") -> Seen:
    raw: dict[str, Any] = {"state": {"serving": serving}, "jobs": [{"log": log}]}
    return Seen({**raw, "releases": {str(number): {"state": "good"} for number in good}})


def restored(serving: str) -> Restored:
    return Restored("it failed", serving=serving, changed="nothing that serves", fix="ocrfleet logs HOST")


BEFORE = seen(1, 1)
UNKNOWN = Unknown("it is lost", serving="not known", changed="not known", fix="ocrfleet status HOST")


def test_what_is_true() -> None:
    is_true(Outcome({"release": 2}, None, ["one", "two"]), seen(2, 1, 2, log="one\ntwo\n"), BEFORE)
    is_true(Outcome(None, restored("release 1 since long"), []), seen(1, 1), BEFORE)
    is_true(Outcome(None, UNKNOWN, []), seen(2, 1, 2), BEFORE)


@pytest.mark.parametrize(
    ("told", "now"),
    [
        (Outcome({"release": 2}, None, []), seen(1, 1)),
        (Outcome({"release": 2}, None, ["one", "one"]), seen(2, 1, 2, log="one\n")),
        (Outcome({"release": 2}, None, []), seen(2, 1, 2, log="one\n")),
    ],
    ids=["no such release", "a line was doubled", "a line was lost"],
)
def test_a_success_that_is_none(told: Outcome, now: Seen) -> None:
    with pytest.raises(AssertionError):
        is_true(told, now, BEFORE)


@pytest.mark.parametrize(
    ("error", "now"),
    [
        (restored("release 1 since long"), seen(2, 1, 2)),
        (restored("release 2 since long"), seen(1, 1)),
        (HostRefused("no", serving="release 1", fix="x"), seen(2, 1, 2)),
        (Unknown("lost", serving="not known", changed="", fix="x"), seen(1, 1)),
    ],
    ids=["it was not restored", "another one serves", "it was changed", "a part is missing"],
)
def test_a_failure_that_is_another(error: OcrfleetError, now: Seen) -> None:
    with pytest.raises(AssertionError):
        is_true(Outcome(None, error, []), now, BEFORE)
