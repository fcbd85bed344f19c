"""How far what was read is from what is written, and whether an engine lost itself in a loop."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrfleet.agent.reading import error_rate, loop_in, normalise

SETTINGS = settings(max_examples=60)
WORDS = st.text("abc ", max_size=12)


@SETTINGS
@given(st.text(max_size=60))
def test_a_text_read_as_it_is_has_no_errors(text: str) -> None:
    assert error_rate(text, text) == 0


@SETTINGS
@given(WORDS, WORDS)
def test_edits_are_the_same_in_both_directions(one: str, two: str) -> None:
    edits = error_rate(one, two) * max(len(normalise(one)), 1)
    assert edits == pytest.approx(error_rate(two, one) * max(len(normalise(two)), 1))


@SETTINGS
@given(WORDS, WORDS)
def test_edits_are_at_least_the_difference_in_length_and_at_most_the_longer_text(one: str, two: str) -> None:
    lengths = len(normalise(one)), len(normalise(two))
    edits = round(error_rate(one, two) * max(lengths[0], 1), 6)
    assert abs(lengths[0] - lengths[1]) <= edits <= max(lengths)


@SETTINGS
@given(WORDS, WORDS, WORDS)
def test_going_over_a_third_text_is_never_shorter(one: str, two: str, three: str) -> None:
    def edits(a: str, b: str) -> float:
        return error_rate(a, b) * max(len(normalise(a)), 1)

    assert edits(one, three) <= edits(one, two) + edits(two, three) + 1e-9


@pytest.mark.parametrize(
    ("want", "have", "rate"),
    [
        ("abcd", "abcd", 0.0),
        ("abcd", "abxd", 0.25),
        ("abcd", "abd", 0.25),
        ("abcd", "abccd", 0.25),
        ("abcd", "", 1.0),
        ("abcd", "efghijkl", 2.0),
        ("", "ab", 2.0),
        ("", "", 0.0),
    ],
)
def test_the_rate_is_edits_by_expected_character(want: str, have: str, rate: float) -> None:
    assert error_rate(want, have) == rate


@pytest.mark.parametrize(
    "other",
    [
        "Total:  12.50\n\nEUR",
        "# Total: 12.50 EUR",
        "**Total:** 12.50 EUR",
        "| Total: | 12.50 | EUR |",
        "Total: 12.50 EUR\n",
        "\uff34otal: 12.50 EUR",
    ],
)
def test_what_engines_rightly_differ_in_is_no_error(other: str) -> None:
    assert error_rate("Total: 12.50 EUR", other) == 0


def test_typographic_quotes_and_dashes_are_plain_ones() -> None:
    assert normalise("\u201cA\u201d \u2018b\u2019 \u2013 \u2014") == "\"A\" 'b' - -"


@SETTINGS
@given(st.text(max_size=60))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@SETTINGS
@given(
    phrase=st.lists(st.text("abcdef", min_size=1, max_size=4), min_size=1, max_size=24),
    times=st.integers(6, 9),
    before=st.lists(st.text("xyz", min_size=1, max_size=3), max_size=5),
    cut=st.integers(0, 23),
)
def test_a_phrase_six_times_in_a_row_is_a_loop_wherever_it_begins(
    phrase: list[str], times: int, before: list[str], cut: int
) -> None:
    words = [*before, *phrase * times, *phrase[: cut % len(phrase)]]
    found = loop_in(" ".join(words))
    assert found is not None
    assert set(found.split()) <= set(phrase)


@SETTINGS
@given(st.lists(st.integers(0, 10**6), unique=True, max_size=80))
def test_a_text_without_repetition_has_no_loop(numbers: list[int]) -> None:
    assert loop_in(" ".join(map(str, numbers))) is None


@pytest.mark.parametrize("times", range(1, 6))
def test_a_phrase_five_times_in_a_row_is_no_loop(times: int) -> None:
    assert loop_in("a b " + "row total " * times + "c d") is None
