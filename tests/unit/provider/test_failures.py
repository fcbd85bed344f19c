"""After a failure the engine is told what failed, what serves now, what changed and what to type, and what is there."""

import logging
from typing import Any

import pytest

from ocrfleet.errors import Unreachable
from ocrfleet.provider.serving import TOLD
from ocrfleet.provider.values import Secret, read
from tests.unit.plan.hosts import WANTED
from tests.unit.provider.fakes import FakeHost, ended
from tests.unit.provider.inputs import POISON, image, service
from tests.unit.provider.wire import Failure, Start, Wire, failure
from tests.unit.remote.fakes import failed

WHOLE = """
failed:  the gate failed
serving: release 1
changed: nothing
next:    ocrfleet logs lab
(ocrfleet exit code {})"""


def create(wire: Wire, kind: str = "Service") -> Failure:
    return failure(lambda: wire.create(kind, image() if kind == "Image" else service()))


@pytest.mark.parametrize("code", [10, 20, 30, 40, 50])
def test_what_the_host_says_is_the_message(wire: Wire, host: FakeHost, code: int) -> None:
    host.wrong = {"job": ended(code)}
    assert create(wire).message == WHOLE.format(code)


def test_more_lines_stay_in_their_column(wire: Wire, host: FakeHost) -> None:
    host.wrong = {"job": ended(20, failed="no end after 9 s; the last lines:\n#1 FROM\n#2 RUN")}
    assert "\nfailed:  no end after 9 s; the last lines:\n         #1 FROM\n         #2 RUN\n" in create(wire).message


@pytest.mark.parametrize("code", [10, 50])
def test_what_was_refused_leaves_no_resource(wire: Wire, host: FakeHost, code: int) -> None:
    host.wrong = {"deploy": failed(code=code)}
    assert create(wire).half is None


@pytest.mark.parametrize("code", [20, 30, 40])
def test_a_first_deploy_that_failed_half_way_is_kept_as_it_is(wire: Wire, host: FakeHost, code: int) -> None:
    host.wrong = {"job": ended(code)}
    half = create(wire).half
    assert (half.id, list(half.reasons)) == ("lab", [WHOLE.format(code)])
    assert read(half.inputs) == service()
    assert read(half.properties) == {**service(), **dict.fromkeys(TOLD), "drift": []}


def test_a_change_that_failed_is_kept_as_what_serves_again(start: Start, host: FakeHost) -> None:
    olds = start().create("Service", service())
    host.wrong = {"job": ended(20)}
    wire = start()
    half = failure(lambda: wire.update("Service", olds, service(image="sha256:bad", keep=9))).half
    assert read(half.inputs) == service()
    assert read(half.properties) == olds
    assert half.reasons[0] == WHOLE.format(20)


def test_a_service_found_on_the_host_is_kept_with_its_own_inputs(wire: Wire, host: FakeHost) -> None:
    host.serve({**WANTED, "image": "sha256:other", "secrets": {"api-key": "v0"}})
    host.wrong = {"job": ended(30)}
    half = read(create(wire).half.properties)
    assert (half["release"], half["image"]) == (1, "sha256:other")
    assert half["secrets"] == {"api-key": {"version": "v0", "value": Secret("")}}


@pytest.mark.parametrize("then", [Unreachable("lab", reason="no route"), {"another": "shape"}], ids=["gone", "odd"])
@pytest.mark.parametrize("verb", ["facts", "manifest"])
def test_what_failed_first_is_the_message_whatever_the_host_says_then(
    start: Start, host: FakeHost, verb: str, then: Any
) -> None:
    olds = start().create("Service", service())

    def lost(_: dict[str, Any]) -> Any:
        host.wrong[verb] = then
        return ended(30)

    host.wrong = {"job": lost}
    wire = start()
    failed_ = failure(lambda: wire.update("Service", olds, service(image="sha256:bad")))
    assert (failed_.message, failed_.half) == (WHOLE.format(30), None)


def test_a_large_service_is_kept_whole(wire: Wire, host: FakeHost) -> None:
    host.wrong = {"job": ended(20)}
    page = {"page": "x" * 2_000_000}
    half = failure(lambda: wire.create("Service", service(gate=page))).half
    assert read(half.inputs)["gate"] == service(gate=page)["gate"]


@pytest.mark.parametrize("kind", ["Image", "Service"])
def test_what_nobody_foresaw_is_an_error_with_all_its_parts(wire: Wire, host: FakeHost, kind: str) -> None:
    host.wrong = {"facts": KeyError(POISON)}
    failed_ = create(wire, kind)
    assert failed_.parts["failed"].startswith("ocrfleet itself is wrong: KeyError in ")
    assert (failed_.parts["serving"], failed_.parts["changed"]) == ("not known", "not known")
    assert failed_.parts["next"].startswith("ocrfleet status lab")
    assert "(ocrfleet exit code 40)" in failed_.message


def test_after_what_nobody_foresaw_the_next_call_is_answered(wire: Wire, host: FakeHost) -> None:
    host.wrong = {"facts": RuntimeError("boom")}
    create(wire)
    host.wrong = {}
    assert wire.create("Service", service())["release"] == 1


WRONGS: dict[str, dict[str, Any]] = {
    "a job that failed": {"job": ended(20)},
    "a host that says no": {"deploy": failed(code=10)},
    "a host that is gone": {"deploy": Unreachable("lab", reason="broken pipe")},
    "an exception that quotes it": {"deploy": ValueError(f"cannot use {POISON}")},
    "an exception that quotes it, later": {"manifest": RuntimeError(POISON), "job": ended(30)},
    "nothing": {},
}


@pytest.mark.parametrize("wrong", WRONGS.values(), ids=WRONGS.keys())
def test_a_secret_is_in_no_message_and_no_line(
    start: Start, host: FakeHost, wrong: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    host.serve({**WANTED, "image": "sha256:other"})
    host.wrong, wire = wrong, start()
    message = create(wire).message if wrong else str(wire.create("Service", service()))
    spoken = [message, *caplog.messages, *capfd.readouterr(), repr(wire.heard), repr(host.payloads)]
    assert POISON not in "\n".join(spoken)


def test_a_secret_that_is_saved_half_is_still_wrapped(wire: Wire, host: FakeHost) -> None:
    host.wrong = {"job": ended(20)}
    half = create(wire).half
    for saved in (read(half.inputs), read(half.properties)):
        assert saved["secrets"] == {"api-key": {"version": "v1", "value": Secret(POISON)}}
    assert POISON not in "".join(half.reasons)
