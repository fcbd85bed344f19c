"""What a job of ours holds while it is at work is not what would hold up a deploy, and is not held against it."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.jobs import Job, Jobs
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.swaps import two
from tests.unit.agent.tasks import ended
from tests.unit.agent.wanted import OWNER, STOP_FIRST, wanted

HUGE, SLOW = Behaviour(holds_gib=10.0), Behaviour(holds_gib=10.0, listens_at=9.0)
NEXT = {"owner": OWNER, "service": wanted("three")["service"]}


def during(host: Host, wish: dict[str, Any], *verbs: str, **asked: Any) -> list[dict[str, Any]]:
    """What is answered while the candidate of a deploy loads its model."""
    said: list[dict[str, Any]] = []

    def look() -> None:
        assert host.steps[-1] == "candidate_started"
        said.extend(host.ask(verb, **{**NEXT, **asked}) for verb in verbs)

    host.outside.at(host.outside.seconds + 6, look)
    assert host.job("deploy", wanted=wish, owner=OWNER)["code"] == 0
    assert len(said) == len(verbs)
    return said


def test_the_model_that_a_swap_loads_is_not_held_against_a_check(serving: Host) -> None:
    serving.outside.memory_gib = 15.0
    serving.outside.behaviours |= {"sha256:one": HUGE, "sha256:two": SLOW}
    assert during(serving, two(STOP_FIRST), "check") == [{"result": {}}]


def test_the_model_that_a_first_deploy_loads_is_not_either_and_no_plan_calls_it_a_refusal(host: Host) -> None:
    host.outside.memory_gib = 15.0
    host.outside.behaviours["sha256:one"] = SLOW
    check, outlook = during(host, wanted("one"), "check", "outlook", image=None)
    assert (check, outlook["result"]["refused"]) == ({"result": {}}, None)


def test_a_swap_whose_job_died_holds_nothing_up_either(serving: Host) -> None:
    """The next deploy restores what served, before it looks."""
    serving.outside.memory_gib = 15.0
    serving.outside.behaviours |= {"sha256:one": HUGE, "sha256:two": SLOW}
    serving.outside.at(serving.outside.seconds + 6, lambda: serving.world.break_on("", "die"))
    serving.job("deploy", wanted=two(STOP_FIRST), owner=OWNER)
    serving.crash()
    assert serving.site.journal.unfinished() is not None
    assert serving.ask("check", **NEXT) == {"result": {}}


def test_another_stack_and_another_subnet_are_refused_all_the_same(serving: Host) -> None:
    serving.outside.behaviours["sha256:two"] = SLOW
    asked = {"owner": {"project": "ocr", "stack": "attic"}}
    (error,) = during(serving, two(STOP_FIRST), "check", **asked)
    assert "belongs to the stack" in error["error"]["failed"]


def test_once_nothing_is_at_work_what_does_not_fit_is_refused(serving: Host) -> None:
    serving.outside.memory_gib = 5.0
    serving.deploy(wanted("two", engine__memory_gib=1.0))
    assert "the engine needs 8.0 GiB" in serving.ask("check", **NEXT)["error"]["failed"]


def test_what_does_not_fit_is_refused_by_the_deploy_itself_which_is_at_work(host: Host) -> None:
    host.outside.memory_gib = 5.0
    error = host.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert (error["code"], error["failed"]) == (10, "the engine needs 8.0 GiB of memory: 5.0 GiB system memory free")


def test_a_build_that_fills_the_memory_and_the_disk_holds_nothing_up(host: Host) -> None:
    host.outside.memory_gib = 5.0
    host.outside.disk = 1
    job = Job("1a2b3c", "build engine", "ana@mac")
    Jobs(host.world, host.home).begin(job, lambda: host.ask("check", **NEXT), lambda error: {"failed": error.failed})
    assert ended(host.home.job(job.key)) == {"code": 0, "result": {"result": {}}}
    assert "MiB are free" in host.ask("check", **NEXT)["error"]["failed"]
