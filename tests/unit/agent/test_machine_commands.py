"""The real machine runs commands and builds, and tells how each ended."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.machine import Machine

PYTHON = sys.executable


def test_a_command_tells_how_it_ended(machine: Machine) -> None:
    done = machine.run([PYTHON, "-c", "import sys; print('out'); sys.exit('err')"], check=False)
    assert (done.code, done.out, done.err) == (1, "out\n", "err\n")


def test_a_command_that_fails_raises_unless_it_may(machine: Machine) -> None:
    with pytest.raises(CommandFailed, match="exited with 3: "):
        machine.run([PYTHON, "-c", "raise SystemExit(3)"])


def test_a_command_that_is_not_there_ends_like_in_a_shell(machine: Machine) -> None:
    assert machine.run(["no-such-command"], check=False).code == 127


def test_a_command_that_takes_too_long_is_ended(machine: Machine) -> None:
    started = time.monotonic()
    done = machine.run([PYTHON, "-c", "import time; time.sleep(20)"], check=False, seconds=0.3)
    assert (done.code, done.err) == (124, "no end after 0 s")
    assert time.monotonic() - started < 5


def test_a_command_reads_nothing_from_us(machine: Machine) -> None:
    assert machine.run([PYTHON, "-c", "import sys; print(repr(sys.stdin.read()))"]).out == "''\n"


def stream(machine: Machine, tmp_path: Path, code: str, seconds: float = 10) -> int:
    (tmp_path / "context").write_bytes(b"a tar file")
    return machine.stream([PYTHON, "-c", code], stdin=tmp_path / "context", env={"KIND": "x"}, seconds=seconds)


def test_a_build_gets_its_context_and_its_environment(
    machine: Machine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import os, sys; print(sys.stdin.read(), os.environ['KIND'], 'PATH' in os.environ); sys.exit(3)"
    assert stream(machine, tmp_path, code) == 3
    assert capfd.readouterr().out == "a tar file x True\n"


def test_a_build_that_takes_too_long_is_ended(machine: Machine, tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = f"import time; time.sleep(0.8); open({str(note)!r}, 'w')"
    assert stream(machine, tmp_path, code, seconds=0.2) == 124
    time.sleep(0.8)
    assert not note.exists()
