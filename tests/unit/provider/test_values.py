"""Values travel through Pulumi and come back as what they were, secrets and unknowns included."""

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct, Value
from hypothesis import given
from hypothesis import strategies as st

from ocrfleet.provider.values import SECRET, SIGNATURE, UNKNOWN, Secret, read, write
from tests.unit.provider.inputs import POISON

EXACT = 2**53
text = st.text(st.characters(exclude_categories=["Cs"]))
plain = (
    st.none()
    | st.booleans()
    | st.integers(-EXACT, EXACT)
    | st.floats(allow_nan=False)
    | text
    | st.just(UNKNOWN)
    | st.builds(Secret, text)
)
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3) | st.builds(Secret, inner),
    max_leaves=12,
)


@given(st.dictionaries(text, anything, max_size=4))
def test_reading_back_is_the_exact_inverse_of_writing(found: dict[str, Any]) -> None:
    assert read(Struct.FromString(write(found).SerializeToString())) == found


@pytest.mark.parametrize("value", [True, False, 0, 1, -1, 0.5, EXACT, None, "", [], {}, [[]], {"": {}}])
def test_a_value_keeps_its_kind(value: Any) -> None:
    found = read(write({"x": value}))["x"]
    assert (found, type(found)) == (value, type(value))


def test_a_whole_number_is_not_a_float() -> None:
    assert repr(read(write({"port": 22.0}))) == "{'port': 22}"


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), 1e300, -0.25])
def test_a_number_that_is_no_whole_one_stays_as_it_is(number: float) -> None:
    assert read(write({"x": number}))["x"] == number


def test_a_tuple_is_a_list_on_the_wire() -> None:
    assert read(write({"x": ("a", (Secret("b"),))})) == {"x": ["a", [Secret("b")]]}


def test_a_value_of_no_kind_is_none() -> None:
    assert read(Struct(fields={"x": Value()})) == {"x": None}


def test_a_secret_is_marked_the_way_pulumi_marks_it() -> None:
    wrapped = write({"x": Secret({"y": ["z"]})}).fields["x"].struct_value
    assert wrapped.fields[SIGNATURE].string_value == SECRET
    assert wrapped.fields["value"].struct_value.fields["y"].list_value.values[0].string_value == "z"


def test_another_mark_of_pulumi_is_no_secret() -> None:
    asset = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}
    assert read(write({"x": asset})) == {"x": asset}


@given(text.filter(bool))
def test_a_secret_is_never_shown(found: str) -> None:
    shown = {"x": [Secret(found)], "y": Secret({"z": found})}
    assert repr(shown) == "{'x': [Secret(…)], 'y': Secret(…)}"


@pytest.mark.parametrize("form", ["{}", "{!r}", "{!s}", "{0}"])
def test_no_way_of_printing_shows_a_secret(form: str) -> None:
    assert POISON not in form.format(Secret(POISON))
