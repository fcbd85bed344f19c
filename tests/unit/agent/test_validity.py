"""Which version of a key is valid, and which one beside it until when."""

from __future__ import annotations

import pytest

from ocrfleet.agent.home import read_json
from ocrfleet.agent.validity import Validity
from tests.unit.agent.host import Host


@pytest.mark.parametrize(
    ("before", "version", "after"),
    [
        (Validity("a"), "a", Validity("a")),
        (Validity("a"), "b", Validity("b")),
        (Validity("a", "b", None, 5.0), "b", Validity("b", "a", 15.0, 5.0)),
        (Validity("b", "a", 12.0, 5.0), "b", Validity("b", "a", 12.0, 5.0)),
        (Validity("b", "a", 12.0, 5.0), "a", Validity("a", "b", 15.0, 5.0)),
        (Validity("b", "a", 12.0, 5.0), "c", Validity("c")),
        (Validity("b", "a", 10.0, 5.0), "a", Validity("a")),
    ],
)
def test_a_version_becomes_the_valid_one(before: Validity, version: str, after: Validity) -> None:
    assert before.become(version, 10.0) == after
    assert Validity.parse(after.plain()) == after


def test_what_is_beside_is_good_until_its_time() -> None:
    one = Validity("b", "a", 12.0, 5.0)
    assert (one.good(11.9), one.good(12.0)) == (["b", "a"], ["b"])
    assert Validity("a", "b").good(1e12) == ["a", "b"]
    assert Validity("a").admit("a", 5.0) == Validity("a")
    assert one.admit("c", 3.0) == Validity("b", "c", None, 3.0)


def test_what_was_recorded_before_there_were_successors_is_read(serving: Host) -> None:
    keys = serving.site.proxy.keys
    assert read_json(serving.home.keys) == {"api-key": "v1"}
    assert keys.validities({"secrets": {}}) == {"api-key": Validity("v1")}
    keys.admit({"secrets": {}}, "api-key", "v2", 60.0)
    keys.record({"api-key": "v3"})
    assert read_json(serving.home.keys) == {"api-key": "v3"}
