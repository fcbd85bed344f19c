"""While a job of ours is at work, a preview says so and `up` joins it: nothing that it has taken stands in its way."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.plan.hosts import WANTED
from tests.unit.plan.machines import said
from tests.unit.plan.machines import told as machine
from tests.unit.provider.fakes import FakeHost, ended
from tests.unit.provider.inputs import OWNER, image, model, service
from tests.unit.provider.test_ready import CASES, NEEDS
from tests.unit.provider.wire import Start, Wire, failure

JOB = {"key": "1a2b", "who": "ana@mac", "since": 1_767_225_600.0, "boot": "b"}
INPUTS: dict[str, Any] = {"Image": image, "Model": model, "Service": service}
BESIDE = (
    "at work there: {} by ana@mac, since 2026-01-01 00:00:00 UTC, job 1a2b; up joins it where it wants the same, and "
    "goes on beside it where it wants another; what is taken meanwhile is not held against it"
)
AFTER = (
    "at work there: deploy by ana@mac, since 2026-01-01 00:00:00 UTC, job 1a2b; up joins it where it wants the same, "
    "and ends with 50 where it wants another, or waits: ocrfleet deploy lab --wait SECONDS; what is taken meanwhile is "
    "not held against it"
)


def begin(host: FakeHost, what: str) -> None:
    """A job that an operator began and nobody follows any more."""
    host.told["job"] = {**JOB, "what": what}


@pytest.mark.parametrize(("kind", "case"), CASES.items(), ids=CASES)
def test_a_machine_at_work_is_not_looked_at_before_its_job_is_joined(
    wire: Wire, host: FakeHost, kind: str, case: tuple[Any, str]
) -> None:
    begin(host, case[1])
    host.wrong["probe"] = {**machine("", groups=said("ocr sudo")), "now": time.time()}
    wire.create(kind, case[0](NEEDS.text()))
    assert {case[1], "job"} < set(host.asked)
    assert "probe" not in host.asked


@pytest.mark.parametrize(
    ("kind", "what", "note"),
    [
        ("Image", "build engine", BESIDE.format("build engine")),
        ("Model", "fetch deepseek-ai/DeepSeek-OCR", BESIDE.format("fetch deepseek-ai/DeepSeek-OCR")),
        ("Service", "deploy", AFTER),
    ],
)
def test_a_preview_says_what_is_at_work_and_what_up_does_then(
    wire: Wire, host: FakeHost, kind: str, what: str, note: str
) -> None:
    begin(host, what)
    wire.create(kind, INPUTS[kind](), preview=True)
    assert wire.heard.notes.count(note) == 1


def test_a_preview_of_a_change_says_so_too(start: Start, host: FakeHost) -> None:
    olds = start().create("Service", service())
    begin(host, "deploy")
    wire = start()
    wire.update("Service", olds, service(image="sha256:new"), preview=True)
    assert wire.heard.notes == [AFTER]


def test_who_wants_nothing_done_is_told_of_no_job(wire: Wire, host: FakeHost) -> None:
    host.told["owner"] = OWNER
    host.serve(WANTED)
    begin(host, "rollback")
    wire.create("Service", service(), preview=True)
    assert wire.heard.notes == []


def test_who_wants_something_else_meanwhile_is_refused_with_who_is_at_work(wire: Wire, host: FakeHost) -> None:
    begin(host, "deploy")
    who = "another job is at work on this host: deploy by ana@mac, since 2026-01-01, pid 7, job 1a2b"
    host.wrong = {"deploy": {"job": "deploy", "state": "started"}, "job": ended(50, failed=who)}
    failed = failure(lambda: wire.create("Service", service(needs=NEEDS.text())))
    assert failed.parts["failed"] == who
    assert "(ocrfleet exit code 50)" in failed.message
