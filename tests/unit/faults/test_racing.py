"""What is looked for in a race is found where it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.racing.proof import one_after_the_other, tells_who

WINS: dict[str, Any] = {"code": 0, "result": {"release": 2}}
SAID = "another job is at work on this host: deploy by racer-1, since 2026-11-21, pid 7, job ab"
BUSY: dict[str, Any] = {"code": 50, "failed": SAID, "changed": "nothing"}
COMMITTED = "7 overwrite committed"
HOLDER = {"pid": 7}


def test_a_race_as_it_must_be() -> None:
    tells_who([WINS, BUSY, BUSY], HOLDER)
    one_after_the_other(["7 overwrite prepared", "9 run docker info", COMMITTED, "9 overwrite prepared"])


def test_changes_that_are_mixed_are_found() -> None:
    with pytest.raises(AssertionError, match=r"took turns .*7.*9.*7"):
        one_after_the_other(["7 overwrite prepared", "9 run docker start", COMMITTED])


def test_a_holder_that_was_not_followed_to_its_end_proves_nothing() -> None:
    with pytest.raises(AssertionError, match="not followed to its end"):
        one_after_the_other(["7 overwrite prepared", "9 run docker start"])


@pytest.mark.parametrize(
    ("told", "holder"),
    [
        ([WINS, {**BUSY, "code": 40}], {}),
        ([WINS, {**BUSY, "failed": "busy"}], {}),
        ([WINS, {**BUSY, "changed": "not known"}], {}),
        ([WINS, WINS, BUSY], HOLDER),
        ([WINS, BUSY, BUSY], {"pid": 8}),
    ],
    ids=["another code", "no evidence", "a change", "two at once", "not who it was"],
)
def test_an_answer_that_is_not_right_is_found(told: list[dict[str, Any]], holder: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        tells_who(told, holder)
