"""A job lives on when everything above it is gone. Real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BEGIN = """
import os, signal, sys, time
from pathlib import Path
from ocrfleet.agent.detach import daemonise
folder = Path(sys.argv[1])
def note(text):
    with (folder / "notes").open("a") as file:
        file.write(text + "\\n")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, as a session's leader like sshd's child."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=20,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def notes(folder: Path, count: int) -> list[str]:
    """What the job noted, once it has noted so much."""
    path, deadline = folder / "notes", time.monotonic() + 10
    while time.monotonic() < deadline:
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.01)
    raise AssertionError(f"only {path.read_text() if path.exists() else 'nothing'} was noted")


def test_a_job_goes_on_after_its_parent_and_its_session_are_gone(folder: Path) -> None:
    work = """
def work():
    note(f"{os.getpid()} {os.getppid()} {os.getsid(0)}")
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGHUP)
    note("still here")
daemonise(folder / "log", work)
print(os.getpid(), os.getsid(0))
"""
    asker, session = run(work, folder).stdout.split()
    first, second = notes(folder, 2)
    pid, parent, own_session = first.split()
    assert second == "still here"
    assert parent != asker
    assert own_session not in {session, pid}, "it could get a terminal"


def test_whoever_asked_is_free_before_the_job_ends(folder: Path) -> None:
    started = time.monotonic()
    run("daemonise(folder / 'log', lambda: (time.sleep(3), note('end')))", folder)
    assert time.monotonic() - started < 2.5, "an open stream would keep the SSH session"


def test_what_a_job_says_is_in_its_log(folder: Path) -> None:
    run(
        "daemonise(folder / 'log', lambda: (print('out', flush=True), os.system('echo from a child'), note('x')))",
        folder,
    )
    notes(folder, 1)
    assert (folder / "log").read_text() == "out\nfrom a child\n"


def test_a_log_goes_on_where_it_ended(folder: Path) -> None:
    (folder / "log").write_text("first\n")
    run("daemonise(folder / 'log', lambda: (print('second', flush=True), note('x')))", folder)
    notes(folder, 1)
    assert (folder / "log").read_text() == "first\nsecond\n"


def test_why_a_job_died_is_in_its_log(folder: Path) -> None:
    run("daemonise(folder / 'log', lambda: 1 // 0)", folder)
    deadline = time.monotonic() + 10
    while "ZeroDivisionError" not in (folder / "log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_job_that_cannot_begin_is_told_to_who_asked_and_to_nobody_else(folder: Path) -> None:
    done = run(
        """
try:
    daemonise(folder / "missing" / "log", lambda: note("worked"))
except OSError as error:
    print(f"{os.getpid()}: {error}")
""",
        folder,
    )
    assert done.stdout.count("the job did not start") == 1
    assert not (folder / "notes").exists()


def test_a_job_that_is_asked_to_stop_cleans_up_once_and_undisturbed(folder: Path) -> None:
    run(
        """
def work():
    try:
        note(str(os.getpid()))
        time.sleep(20)
    except SystemExit as error:
        note(str(error))
        time.sleep(0.3)
        note("cleaned up")
daemonise(folder / "log", work)
""",
        folder,
    )
    pid = int(notes(folder, 1)[0])
    os.kill(pid, signal.SIGTERM)
    notes(folder, 2)
    os.kill(pid, signal.SIGTERM)
    assert notes(folder, 3)[1:] == ["asked to stop (SIGTERM)", "cleaned up"]
