"""Whatever somebody else wrote, it is an object or nothing."""

from __future__ import annotations

import pytest

from ocrfleet.agent.objects import object_of


@pytest.mark.parametrize(
    "content", ["", "{half", "null", "[]", '"text"', b"\xff\xfe", "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_object_is_nothing(content: str | bytes) -> None:
    assert object_of(content) is None


@pytest.mark.parametrize("content", ['{"a": 1}', b'{"a": 1}\n'])
def test_an_object_is_read(content: str | bytes) -> None:
    assert object_of(content) == {"a": 1}
