"""What an engine read is judged by how far it is from what the page says, and by its length."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import GateFailed
from ocrfleet.agent.gate import judge_text


@pytest.mark.parametrize(("errors", "passes"), [(0, True), (1, True), (2, False)])
def test_the_limit_of_the_error_rate_is_the_last_value_that_passes(errors: int, passes: bool) -> None:
    page = {"expected": "abcdefghij", "max_error_rate": 0.1}
    choice = {"text": "x" * errors + "abcdefghij"[errors:], "finish_reason": "stop"}
    if passes:
        assert judge_text(choice, page) == errors / 10
    else:
        with pytest.raises(GateFailed, match=r"character error rate 0\.200 is above 0\.1"):
            judge_text(choice, page)


@pytest.mark.parametrize(("times", "passes"), [(0.4, False), (0.5, True), (1.0, True), (2.0, True), (2.1, False)])
def test_a_text_may_have_half_to_twice_the_expected_length(times: float, passes: bool) -> None:
    page = {"expected": "abcdefghij" * 10, "max_error_rate": 9}
    choice = {"text": "".join(map(chr, range(0x4E00, 0x4E00 + round(100 * times)))), "finish_reason": "stop"}
    if passes:
        judge_text(choice, page)
    else:
        with pytest.raises(GateFailed, match="times the expected length"):
            judge_text(choice, page)
