"""A job at work stops when it is asked to, puts back what served, and says so; nothing else is ever asked."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import pytest

from ocrfleet.agent import locks
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, STOP_FIRST, wanted

STOP = SystemExit("asked to stop (SIGTERM)")
EMPTY = hashlib.sha256(b"").hexdigest()


def abort_later(host: Host, seconds: float) -> list[dict[str, Any]]:
    """Somebody asks for it while a job runs; returns where the answers go."""
    answers: list[dict[str, Any]] = []
    host.outside.at(host.outside.seconds + seconds, lambda: answers.append(host.ask("abort", job=None)))
    return answers


def test_where_nothing_is_at_work_nothing_is_asked(serving: Host) -> None:
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    assert serving.ask("abort", job=None) == {"result": {"job": None}}
    assert serving.world.interrupted == []


@pytest.mark.parametrize("strategy", ["start-first", STOP_FIRST])
def test_a_deploy_that_is_aborted_puts_back_what_served(serving: Host, strategy: str) -> None:
    serving.image("two", Behaviour(health=((0, 503),)))
    answers = abort_later(serving, 5)
    ended = serving.job("deploy", wanted=wanted("two", cutover__strategy=strategy), owner=OWNER)
    assert answers[0]["result"]["job"]["what"] == "deploy"
    assert ended["code"] == 20
    assert ended["error"]["failed"] == "release 2 did not take over: asked to stop (SIGTERM)"
    assert serving.unrest() == []
    assert serving.serves() == 1


def test_an_abort_in_the_middle_of_a_restore_does_not_break_it_off(serving: Host) -> None:
    serving.image("two", Behaviour(text="lorem ipsum"))
    serving.image("one", Behaviour(listens_at=5))
    abort_later(serving, 5)
    ended = serving.job("deploy", wanted=wanted("two", cutover__strategy=STOP_FIRST), owner=OWNER)
    assert serving.world.interrupted != []
    assert "character error rate" in ended["error"]["failed"] or "expected length" in ended["error"]["failed"]
    assert ended["code"] == 20
    assert serving.unrest() == []


def test_an_abort_before_the_swap_changes_nothing(serving: Host) -> None:
    serving.world.break_on("docker info", error=STOP)
    ended = serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    assert (ended["code"], ended["error"]["failed"]) == (20, "deploy was asked to stop (SIGTERM)")
    assert ended["error"]["changed"] == "nothing that serves"
    assert serving.unrest() == []


def test_an_abort_in_the_middle_of_a_repair_says_that_it_is_not_repaired(serving: Host) -> None:
    serving.box(1).running = False
    serving.world.break_on("POST /v1/chat", error=STOP)
    ended = serving.job("deploy", wanted=wanted("one"), owner=OWNER)
    assert ended["code"] == 30
    assert "could not be repaired: asked to stop (SIGTERM)" in ended["error"]["failed"]


def test_a_deploy_that_waits_for_another_one_is_aborted_and_nothing_was_changed(serving: Host) -> None:
    with locks.hold(serving.world, serving.home.cutover_lock, {"what": "deploy", "who": "bo"}):
        abort_later(serving, 5)
        ended = serving.job("rollback", wait=60)
    assert ended["code"] == 10
    assert ended["error"]["failed"] == "asked to stop (SIGTERM) while it waited for another job"


def test_a_build_that_is_aborted_says_so(host: Host) -> None:
    plan = {"name": "engine", "host": "lab", "context": "c", "upload": EMPTY, "bases": [], "arch": "amd64"}
    host.home.upload(EMPTY).write_bytes(b"")

    def build(_: list[str]) -> int:
        host.ask("abort", job=None)
        host.world.sleep(1)
        return 0

    host.world.build = build
    ended = host.job("build", plan={**plan, "secrets": [], "limit_seconds": 4500.0})
    assert (ended["code"], ended["error"]["changed"]) == (20, "nothing that serves")
    assert ended["error"]["failed"] == "the build of the image engine was asked to stop (SIGTERM)"


def test_of_several_jobs_at_work_one_must_be_named(serving: Host) -> None:
    serving.deploy(wanted("two"))
    plan = {"name": "engine", "host": "lab", "context": "c", "upload": EMPTY, "bases": [], "arch": "amd64"}
    serving.home.upload(EMPTY).write_bytes(b"")
    answers: list[dict[str, Any]] = []

    def build(_: list[str]) -> int:
        serving.image("two", Behaviour(listens_at=10))
        serving.outside.at(serving.outside.seconds + 1, lambda: answers.append(serving.ask("abort", job=None)))
        serving.outside.at(serving.outside.seconds + 2, lambda: answers.append(serving.ask("jobs")))
        serving.job("rollback")
        return 1

    serving.world.build = build
    serving.job("build", plan={**plan, "secrets": [], "limit_seconds": 4500.0})
    refused, jobs = answers
    assert refused["error"]["code"] == 10
    assert refused["error"]["failed"].startswith("several jobs are at work: build engine, job ")
    assert refused["error"]["next"] == "ocrfleet abort lab --job KEY"
    assert [(job["what"], job["at_work"]) for job in jobs["result"]["jobs"]] == [
        ("build engine", True),
        ("rollback", True),
    ]


def test_a_job_whose_process_is_gone_cannot_be_asked(serving: Host) -> None:
    serving.world.later = []
    key = serving.ask("rollback")["result"]["job"]
    lock = serving.home.job(key) / "lock"
    with locks.hold(serving.world, lock, {"what": "rollback", "who": "ana@mac"}):
        locks.sign(serving.world, lock, {"what": "rollback"})
        lock.write_text(lock.read_text().replace(f'"pid": {os.getpid()}', '"pid": 4194305'))
        error = serving.ask("abort", job=None)["error"]
    assert error["code"] == 10
    assert "is gone, and only a command that it started runs on" in error["failed"]


def test_the_process_that_works_is_the_one_that_signs(serving: Host) -> None:
    serving.world.later = []
    key = serving.ask("rollback")["result"]["job"]
    lock = serving.home.job(key) / "lock"
    lock.write_text("{}".ljust(600))
    serving.world.later.pop()()
    assert json.loads(lock.read_text())["pid"] == os.getpid()
