"""A stack that lost its state takes over what runs; it never starts a second copy, and never replaces it unasked."""

from typing import Any

import pytest

from ocrfleet.provider.values import UNKNOWN, read
from tests.unit.plan.hosts import WANTED
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import OWNER, service
from tests.unit.provider.wire import Start, Wire, failure

NOTE = ["docker", "create", "@placement", "@image"]


@pytest.fixture
def known(host: FakeHost) -> FakeHost:
    """A host on which this very stack deployed something once."""
    host.told["owner"] = OWNER
    host.serve(WANTED)
    return host


def test_the_same_is_adopted_and_nothing_is_started(wire: Wire, known: FakeHost) -> None:
    assert wire.create("Service", service())["release"] == 1
    assert len(known.manifests) == 1


def test_something_else_is_adopted_as_it_is_and_the_difference_is_shown(wire: Wire, known: FakeHost) -> None:
    told = failure(lambda: wire.create("Service", service(image="sha256:new", run=NOTE)))
    assert "(ocrfleet exit code 10)" in told.message
    assert told.parts["failed"].startswith("release 1 runs on lab and this stack's state did not know of it")
    assert "image: sha256:engine serves, sha256:new is wanted" in told.message
    assert "+++ run" in told.message
    assert told.parts["serving"] == "release 1, as before"
    assert told.parts["changed"] == "nothing"
    assert told.parts["next"].startswith("pulumi up -s lab again replaces it")
    assert "deploy" not in known.asked
    assert read(told.half.inputs) == service()
    assert read(told.half.properties)["release"] == 1


def test_the_next_run_replaces_what_was_adopted(start: Start, known: FakeHost) -> None:
    news = service(image="sha256:new")
    olds: dict[str, Any] = read(failure(lambda: start().create("Service", news)).half.properties)
    assert list(start().diff("Service", olds, news).diffs) == ["image"]
    assert start().update("Service", olds, news)["release"] == 2


def test_a_preview_says_that_it_will_stop(wire: Wire, known: FakeHost) -> None:
    assert wire.create("Service", service(image="sha256:new"), preview=True)["release"] == UNKNOWN
    assert wire.heard.warnings == [
        "this stack's state does not know what serves: up adopts that as it is and stops",
    ]


def test_a_first_deploy_warns_of_nothing(wire: Wire, host: FakeHost) -> None:
    wire.create("Service", service(), preview=True)
    assert wire.heard.warnings == []


def test_what_a_rollback_pinned_is_adopted_as_it_is(wire: Wire, known: FakeHost) -> None:
    known.told["pinned"] = 1
    assert wire.create("Service", service(image="sha256:new"))["release"] == 1
    assert "deploy" not in known.asked
    assert wire.heard.warnings == ["release 1 is pinned by a rollback; left alone until: ocrfleet unpin lab"]


def test_what_serves_without_a_record_is_replaced(wire: Wire, known: FakeHost) -> None:
    known.manifests[1] = {}
    known.told["serving"]["digest"] = "unknown"
    assert wire.create("Service", service(image="sha256:new"))["release"] == 2
