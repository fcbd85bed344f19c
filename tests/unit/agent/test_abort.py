"""A job at work stops when it is asked to, puts back what served, and says so; nothing else is ever asked."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.detach import interrupt
from ocrfleet.agent.home import Home
from ocrfleet.agent.jobs import Jobs
from ocrfleet.agent.machine import Machine
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


# Real processes


WORKS = """
import fcntl, os, signal, sys, time
from ocrfleet.agent.detach import _stop
signal.signal(signal.SIGTERM, _stop)
file = open(sys.argv[1], "r+")
try:
    print("up", flush=True)
    time.sleep(20)
except SystemExit as stop:
    print(stop, flush=True)
"""


def worker(lock: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", WORKS, str(lock)], stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_process_is_asked_only_when_it_has_the_locks_file_open(tmp_path: Path) -> None:
    mine, other = tmp_path / "lock", tmp_path / "other"
    mine.touch()
    other.touch()
    process = worker(mine)
    assert not interrupt(process.pid, other)
    assert not interrupt(process.pid, tmp_path / "none")
    assert process.poll() is None
    assert interrupt(process.pid, mine)
    out, _ = process.communicate(timeout=10)
    assert out == "asked to stop (SIGTERM)\n"
    assert not interrupt(process.pid, mine)


def test_who_is_deaf_is_not_disturbed(tmp_path: Path) -> None:
    code = WORKS.replace("time.sleep(20)", "Machine(None).deafen(); print('deaf', flush=True); time.sleep(0.3)")
    code = "from ocrfleet.agent.machine import Machine" + code.replace("_stop)\nfile", "_stop)\nfile")
    (tmp_path / "lock").touch()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", code, str(tmp_path / "lock")]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    while process.stdout.readline() != "deaf\n":
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()


JOB = """
import sys, time
from pathlib import Path
from ocrfleet.agent.errors import Restored
from ocrfleet.agent.home import Home
from ocrfleet.agent.jobs import Job, Jobs
from ocrfleet.agent.machine import Machine
home = Home(Path(sys.argv[1]))
home.make()
jobs = Jobs(Machine(home.reserve), home)
def work():
    try:
        Machine(home.reserve).run(["sleep", "30"])
    except SystemExit as stop:
        Machine(home.reserve).deafen()
        print("restoring", flush=True)
        time.sleep(0.5)
        raise Restored(f"it was {stop}", fix="x") from stop
    return {}
print(jobs.begin(Job("1a", "deploy", "ana@mac"), work, lambda error: {"failed": error.failed}))
"""


def test_a_real_job_is_stopped_by_another_process_and_restores_undisturbed(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", JOB, str(tmp_path)]
    begun = subprocess.run(argv, capture_output=True, text=True, check=True, env=env, start_new_session=True)
    assert begun.stdout == "started\n"
    home = Home(tmp_path)
    jobs = Jobs(Machine(home.reserve), home)
    deadline = time.monotonic() + 10
    while (locks.holder_of(home.job("1a") / "lock") or {}).get("pid") is None or not children_of(home):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for _ in range(3):
        stopped = jobs.stop(None)
        assert stopped is not None
        assert stopped["key"] == "1a"
        time.sleep(0.1)
    news = jobs.follow("1a", offset=len("restoring\n"), wait=10)
    assert (home.job("1a") / "log").read_text() == "restoring\n"
    assert news["state"] == "finished"
    assert news["exit"] == {"code": 20, "error": {"failed": "it was asked to stop (SIGTERM)"}}


def children_of(home: Home) -> bool:
    """Whether the job has come to its command."""
    pid = (locks.holder_of(home.job("1a") / "lock") or {}).get("pid")
    return bool(Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()) if pid else False
