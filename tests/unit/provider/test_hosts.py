"""One process asks a host once, and again only after it changed something there."""

from concurrent.futures import ThreadPoolExecutor

from ocrfleet.errors import Unreachable
from tests.unit.plan.hosts import WANTED
from tests.unit.provider.fakes import FakeHost, ended
from tests.unit.provider.inputs import SSH, image, service
from tests.unit.provider.wire import Start, Wire, failure, wait_for


def test_a_run_without_changes_asks_once(start: Start, host: FakeHost) -> None:
    earlier = start()
    built, served = earlier.create("Image", image()), earlier.create("Service", service())
    host.session.commands.clear()
    wire = start()
    wire.diff("Image", built, image())
    wire.diff("Image", built, image(limitSeconds=60))
    wire.diff("Service", served, service())
    assert host.asked == ["facts"]


def test_a_host_is_asked_before_the_engine_wants_to_know(wire: Wire, host: FakeHost) -> None:
    wire.check("Image", image())
    wait_for(lambda: host.asked == ["facts"])
    wire.diff("Image", {**image(), "image": "sha256:x"}, image())
    assert host.asked == ["facts"]


def test_a_host_of_wrong_inputs_is_not_asked(wire: Wire, host: FakeHost) -> None:
    assert wire.check("Image", {"host": "lab"})
    wire.check("Service", service())
    wait_for(lambda: host.asked == ["facts"])


def test_a_process_connects_once(wire: Wire, host: FakeHost) -> None:
    wire.create("Image", image())
    wire.create("Service", service())
    assert [(target.name, target.address, target.user) for target in host.targets] == [("lab", "192.0.2.1", "ocr")]


def test_calls_at_the_same_time_share_one_answer(wire: Wire, host: FakeHost) -> None:
    olds = {**image(), "image": "sha256:x"}
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(lambda _: wire.diff("Image", olds, image()), range(8)))
    assert host.asked == ["facts"]


def test_after_a_change_the_host_is_asked_again(wire: Wire, host: FakeHost) -> None:
    wire.create("Image", image())
    wire.create("Image", image(name="proxy"))
    assert host.asked == ["facts", "check", "build", "job", "facts", "check", "build", "job"]


def test_after_a_change_that_failed_the_host_is_asked_again(wire: Wire, host: FakeHost) -> None:
    host.wrong = {"job": ended(50)}
    failure(lambda: wire.create("Service", service()))
    host.wrong = {}
    host.serve({**WANTED, "image": "sha256:another"})
    assert wire.create("Service", service())["release"] == 2


def test_no_answer_is_not_remembered(wire: Wire, host: FakeHost) -> None:
    host.wrong = {"facts": Unreachable("lab", reason="no route to host")}
    failure(lambda: wire.create("Service", service(), preview=True))
    host.wrong = {}
    assert wire.create("Service", service())["release"] == 1


def test_a_new_way_to_log_in_is_used_at_once(start: Start, host: FakeHost) -> None:
    olds, wire = start().create("Service", service()), start()
    wire.read("Service", olds, service())
    wire.update("Service", olds, service(ssh={**SSH, "user": "ada"}, keep=9))
    assert [target.user for target in host.targets] == ["ocr", "ocr", "ada"]


def test_two_hosts_are_two(wire: Wire, host: FakeHost) -> None:
    for name in ("lab", "attic", "lab"):
        wire.create("Image", image(host=name), preview=True)
    assert host.asked == ["facts", "facts"]
