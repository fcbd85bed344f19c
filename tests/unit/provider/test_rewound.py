"""A state that is older than what serves is a copy from before: what it does not know is never replaced unasked."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from ocrfleet.provider.messages import provider_pb2
from ocrfleet.provider.values import UNKNOWN, read, write
from tests.unit.provider.fakes import FakeHost, ended
from tests.unit.provider.inputs import OWNER, service
from tests.unit.provider.wire import Start, Wire, failure, urn_of, wait_for

OTHER, NEWER = service(image="sha256:other"), service(image="sha256:newer")


@pytest.fixture
def olds(start: Start, host: FakeHost) -> dict[str, Any]:
    """The state from before a colleague's deploy of release 2."""
    host.told["owner"] = OWNER
    olds = start().create("Service", service())
    start().update("Service", olds, OTHER)
    return olds


@pytest.mark.parametrize("news", [service(), NEWER], ids=["the old program", "a newer one"])
def test_what_it_does_not_know_is_adopted_and_the_difference_is_shown(
    start: Start, host: FakeHost, olds: dict[str, Any], news: dict[str, Any]
) -> None:
    told = failure(lambda: start().update("Service", olds, news))
    assert "(ocrfleet exit code 10)" in told.message
    assert told.parts["failed"].startswith("release 2 runs on lab and this stack's state did not know of it")
    assert f"image: sha256:other serves, {news['image']} is wanted" in told.message
    assert (len(host.manifests), read(told.half.properties)["release"]) == (2, 2)
    assert read(told.half.inputs) == OTHER
    assert start().update("Service", read(told.half.properties), news)["release"] == 3


def test_what_serves_as_it_is_wanted_is_adopted_without_a_word(
    start: Start, host: FakeHost, olds: dict[str, Any]
) -> None:
    assert start().update("Service", olds, OTHER)["release"] == 2
    assert len(host.manifests) == 2


def test_what_serves_as_the_state_says_is_replaced(start: Start, host: FakeHost, olds: dict[str, Any]) -> None:
    """As after a deploy that brought back what was there before."""
    assert start().update("Service", {**olds, "image": "sha256:other"}, NEWER)["release"] == 3


def test_a_preview_says_that_up_will_stop(start: Start, olds: dict[str, Any]) -> None:
    wire = start()
    assert wire.update("Service", olds, NEWER, preview=True)["release"] == UNKNOWN
    assert wire.heard.warnings == ["this stack's state does not know what serves: up adopts that as it is and stops"]


def test_an_earlier_release_that_serves_again_after_a_rollback_is_replaced(
    start: Start, host: FakeHost, olds: dict[str, Any]
) -> None:
    known = start().update("Service", olds, OTHER)
    host.told["serving"] = {**host.told["serving"], "release": 1, "digest": "one"}
    wire = start()
    assert wire.update("Service", known, NEWER, preview=True)["release"] == UNKNOWN
    assert (wire.update("Service", known, NEWER)["release"], wire.heard.warnings) == (3, [])


def test_a_release_that_finished_without_its_operator_is_replaced_by_whoever_goes_on(
    start: Start, host: FakeHost
) -> None:
    """It is in no state, so none of them is older than it."""
    host.told["owner"] = OWNER
    olds = start().create("Service", service())
    host.wrong["job"] = ended(40)
    failure(lambda: start().update("Service", olds, OTHER))
    host.wrong.clear()
    host.serve({**host.manifests[1], "image": "sha256:other"})
    assert start().update("Service", olds, NEWER)["release"] == 3


def test_a_release_whose_operator_was_killed_at_its_end_is_in_no_state(wire: Wire, host: FakeHost) -> None:
    at_work, is_dead = threading.Event(), threading.Event()

    def killed(_: dict[str, Any]) -> dict[str, Any]:
        at_work.set()
        assert is_dead.wait(10)
        release = host.serve(host.payloads["deploy"]["wanted"])
        done = {"code": 0, "result": {"outcome": "deployed", "release": release}}
        return {"state": "finished", "text": "", "offset": 0, "exit": done}

    host.wrong["job"] = killed
    wanted = provider_pb2.CreateRequest(urn=urn_of("Service"), properties=write(service()))
    engine = wire.stub.Create.future(wanted)
    assert at_work.wait(10)
    engine.cancel()
    time.sleep(0.2)
    is_dead.set()
    wait_for(lambda: host.asked[-1] == "facts" and len(host.asked) > 4)
    time.sleep(0.2)
    assert host.asked == ["facts", "check", "deploy", "job", "facts"]


def test_a_host_that_does_not_hear_of_it_has_deployed_all_the_same(start: Start, host: FakeHost) -> None:
    host.wrong["acknowledge"] = ended(40)
    assert start().create("Service", service())["release"] == 1
