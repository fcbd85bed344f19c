"""A real process is asked to stop only when it is the one at work, and restores undisturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ocrfleet.agent import locks
from ocrfleet.agent.detach import interrupt
from ocrfleet.agent.home import Home
from ocrfleet.agent.jobs import Jobs
from ocrfleet.agent.machine import Machine

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
machine = Machine(home.reserve)
home.make(machine)
jobs = Jobs(machine, home)
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
