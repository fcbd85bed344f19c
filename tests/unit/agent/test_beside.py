"""Two things at the same time: both answers, or the error when both are done."""

from threading import Barrier

import pytest

from ocrfleet.agent.beside import beside


def test_both_run_at_the_same_time() -> None:
    meeting = Barrier(2, timeout=5)
    first, second = beside(lambda: (meeting.wait(), "one"), lambda: (meeting.wait(), "two"))
    assert (first[1], second[1]) == ("one", "two")


def fail() -> str:
    raise ValueError("asked")


def test_an_error_on_either_side_is_raised_when_the_other_is_done() -> None:
    done: list[str] = []
    with pytest.raises(ValueError, match="asked"):
        beside(lambda: done.append("first"), fail)
    with pytest.raises(ValueError, match="asked"):
        beside(fail, lambda: done.append("second"))
    assert done == ["first", "second"]
