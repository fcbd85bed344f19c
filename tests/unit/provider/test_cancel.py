"""The engine's Cancel ends our waiting and never the host's work; the operator is told how to join it again."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty

from ocrfleet.provider.values import read
from tests.unit.plan.hosts import WANTED
from tests.unit.provider.fakes import FakeHost, ended
from tests.unit.provider.inputs import image, model, service
from tests.unit.provider.wire import Failure, Wire, failure


@pytest.fixture
def silent(host: FakeHost) -> Iterator[threading.Event]:
    """Set when the host's job is at work; the job tells nothing until the test is over, and then ends."""
    at_work, over = threading.Event(), threading.Event()

    def job(_: dict[str, Any]) -> dict[str, Any]:
        at_work.set()
        assert over.wait(20)
        return ended(20)

    host.wrong = {"job": job}
    yield at_work
    over.set()


def cancelled(wire: Wire, at_work: threading.Event, call: Callable[[], Any]) -> Failure:
    """Cancel a call in flight."""
    with ThreadPoolExecutor(1) as operator:
        failed = operator.submit(failure, call)
        assert at_work.wait(5)
        wire.stub.Cancel(Empty())
        return failed.result(5)


def test_a_silent_deploy_is_left_to_the_host(wire: Wire, silent: threading.Event) -> None:
    failed = cancelled(wire, silent, lambda: wire.create("Service", service()))
    assert failed.parts["failed"] == "stopped waiting for the deploy"
    assert failed.parts["changed"].startswith("the deploy goes on on the host")
    assert failed.parts["next"] == (
        "pulumi up -s lab joins it; ocrfleet attach lab shows it, ocrfleet abort lab stops it"
    )
    assert "(ocrfleet exit code 40)" in failed.message
    assert failed.half is None


def test_a_change_that_goes_on_leaves_the_resource_as_it_serves_now(
    wire: Wire, host: FakeHost, silent: threading.Event
) -> None:
    host.serve(WANTED)
    olds = {**service(), "release": 1}
    failed = cancelled(wire, silent, lambda: wire.update("Service", olds, service(keep=9)))
    assert read(failed.half.properties)["release"] == 1
    assert read(failed.half.inputs) == service()


def test_a_silent_build_is_left_to_the_host(wire: Wire, silent: threading.Event) -> None:
    failed = cancelled(wire, silent, lambda: wire.create("Image", image()))
    assert failed.parts["failed"].startswith("stopped waiting for the build of ocrfleet/lab-engine:")
    assert failed.parts["changed"] == "nothing; the build goes on on the host"
    assert "(ocrfleet exit code 40)" in failed.message
    assert failed.half is None


def test_an_image_whose_build_goes_on_stays_what_it_was(wire: Wire, silent: threading.Event) -> None:
    olds = {**image(), "reference": "ocrfleet/lab-engine:1", "image": "sha256:old"}
    failed = cancelled(wire, silent, lambda: wire.update("Image", olds, image(files={"Dockerfile": "FROM scratch\n"})))
    assert read(failed.half.properties) == olds
    assert read(failed.half.inputs) == image()


def test_cancel_after_everything_was_done_changes_nothing(wire: Wire) -> None:
    olds = wire.create("Service", service())
    wire.stub.Cancel(Empty())
    assert list(wire.diff("Service", olds, service()).diffs) == []


def test_a_silent_fetch_goes_on_on_the_host(wire: Wire, silent: threading.Event) -> None:
    failed = cancelled(wire, silent, lambda: wire.create("Model", model()))
    assert failed.parts["changed"] == "nothing; the fetch goes on on the host"
    assert failed.parts["next"].startswith("pulumi up -s lab joins it")
