"""The judge of the traffic finds what it is there to find."""

from dataclasses import replace
from typing import Any

import pytest

from lab.traffic import Answer
from tests.faults.traffic.judge import Swap, figures, seen, wrong

GOOD = Answer("/v1/models", 10.0, 0.01, 200, right=True, retry_after=False)


def answer(**changes: Any) -> Answer:
    return replace(GOOD, **changes)


LOST = {
    "no answer": answer(status=0, right=False),
    "another's text": answer(right=False),
    "bad gateway": answer(status=502, right=False),
    "sent away, but not told to come back": answer(status=503, right=False, seconds=2.1),
    "sent away before the limit": answer(status=503, right=False, retry_after=True, seconds=0.4),
    "forgotten": answer(status=503, right=False, retry_after=True, seconds=60.0),
}


@pytest.mark.parametrize("one", LOST.values(), ids=LOST.keys())
def test_what_nobody_may_get_is_found_among_good_answers(one: Answer) -> None:
    assert wrong([GOOD, one, GOOD], hold=2.0) == [one]
    assert wrong([GOOD, one, GOOD]) == [one]


def test_whoever_waited_for_the_limit_may_be_sent_away_only_where_that_is_the_rule() -> None:
    away = answer(status=503, right=False, retry_after=True, seconds=2.1)
    assert wrong([GOOD, away], hold=2.0) == []
    assert wrong([GOOD, away]) == [away]


def test_the_outage_is_the_longest_time_without_a_right_answer() -> None:
    held = answer(asked=12.0, seconds=7.0)
    said = [answer(asked=moment / 10) for moment in range(100, 120)]
    late = [answer(asked=moment / 10) for moment in range(190, 220)]
    nothing = answer(asked=15.0, status=503, right=False)
    swap = Swap(11.0, 21.0, 6.0, 7.0)
    assert seen([*late, held, nothing, *said], swap) == pytest.approx(7.09, abs=0.01)
    found = figures([*said, held, *late], [swap])
    assert found["outages the plans expected, s"] == "6.0"
    assert found["outage seen / expected, most"] == 1.18
    assert found["slowest right answer, s"] == 7.0


def test_an_outage_that_never_ends_is_seen() -> None:
    assert seen([], Swap(0.0, 30.0, None, None)) == 30.0
