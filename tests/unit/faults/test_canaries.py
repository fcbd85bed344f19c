"""A secret is recognised in every form in which it may be written, and nothing else is taken for one."""

import base64

import pytest

from tests.faults.canary.canaries import Canary, hits

BIRD = Canary("key", "canary-key-0123456789abcdef")
RAW = BIRD.value.encode()


@pytest.mark.parametrize("before", ["", "user:", "Bearer ", "a", "ab"])
@pytest.mark.parametrize("after", ["", "@host", "zz"])
def test_it_is_found_within_anything_that_base64_wraps(before: str, after: str) -> None:
    wrapped = base64.b64encode(before.encode() + RAW + after.encode()).decode()
    assert {what.partition(" after")[0] for what in hits([BIRD], wrapped)} == {"key (base64"}


@pytest.mark.parametrize(("text", "form"), [(BIRD.value, "plain"), (RAW.hex(), "hex"), (BIRD.value[::-1], "backwards")])
def test_it_is_found_in_other_forms(text: str, form: str) -> None:
    assert hits([BIRD], f"before {text} after") == {f"key ({form})"}


def test_no_two_secrets_are_taken_for_each_other() -> None:
    one, other = Canary.hatch("same"), Canary.hatch("same")
    assert not hits([one], other.value + base64.b64encode(other.value.encode()).decode())
