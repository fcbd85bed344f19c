"""A hook is a real program: it is told, heard and ended in time, and holds nothing of ours."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ocrfleet.agent import locks
from ocrfleet.agent.machine import Machine


def program(folder: Path, script: str) -> Path:
    path = folder / "hook"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_program_gets_its_input_and_its_words_come_back(machine: Machine, tmp_path: Path) -> None:
    done = machine.hook(program(tmp_path, "cat; echo oops >&2; exit 3"), b'{"a": 1}\n', seconds=10)
    assert (done.code, done.out) == (3, '{"a": 1}\noops\n')


def test_a_program_that_reads_nothing_is_fine(machine: Machine, tmp_path: Path) -> None:
    assert machine.hook(program(tmp_path, "exit 0"), b"x" * 1_000_000, seconds=10).code == 0


def test_a_program_that_does_not_end_is_ended_with_its_children(machine: Machine, tmp_path: Path) -> None:
    began = time.monotonic()
    script = f"echo begun; sleep 30 & echo $! >{tmp_path}/pid; wait"
    done = machine.hook(program(tmp_path, script), b"", seconds=0.5)
    assert (done.code, done.out) == (124, "begun\n")
    assert time.monotonic() - began < 5
    child = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    while not has_ended(child):
        assert time.monotonic() - began < 10
        time.sleep(0.05)


def has_ended(stat: Path) -> bool:
    """Whether a process is gone or only waits to be counted; a signal takes a moment to arrive."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_program_that_cannot_be_run_says_why(machine: Machine, tmp_path: Path) -> None:
    path = program(tmp_path, "")
    path.write_bytes(b"\x7fELF no program")
    done = machine.hook(path, b"", seconds=5)
    assert done.code == 126
    assert "Exec format error" in done.out


def test_a_program_that_a_hook_leaves_behind_holds_no_lock_of_ours(machine: Machine, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with locks.hold(machine, lock, {}):
        script = f"sleep 30 >/dev/null 2>&1 </dev/null & echo $! >{tmp_path}/pid"
        assert machine.hook(program(tmp_path, script), b"", seconds=10).code == 0
    assert locks.is_free(lock)
    os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_program_that_left_its_output_to_somebody_else_is_late(machine: Machine, tmp_path: Path) -> None:
    script = f"setsid sleep 30 & echo $! >{tmp_path}/pid"
    began = time.monotonic()
    assert machine.hook(program(tmp_path, script), b"", seconds=0.5).code == 124
    assert time.monotonic() - began < 5
    os.kill(int((tmp_path / "pid").read_text()), 9)
