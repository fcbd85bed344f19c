"""Starts work that outlives the SSH session it was asked through."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from ocrfleet.agent.world import TIMED_OUT, Done

# What a shell says of a program that is there and cannot be run.
CANNOT_RUN = 126


def daemonise(log: Path, work: Callable[[], None]) -> None:
    """Run `work` in a detached process and return once it has begun; raise OSError when it did not begin."""
    hears, speaks = os.pipe()
    child = os.fork()
    if child == 0:
        _end_with(lambda: _become_job(log, hears, speaks, work))
    os.close(speaks)
    os.waitpid(child, 0)
    with os.fdopen(hears, "rb") as pipe:
        if pipe.read(1) != b"!":
            raise OSError("the job did not start")


def interrupt(pid: int, lock: Path) -> bool:
    """Ask a process to end if it has this lock's file open: a number alone may be another process's by now."""
    try:
        if not any(_is_same(file, lock) for file in Path(f"/proc/{pid}/fd").iterdir()):
            return False
        os.kill(pid, signal.SIGTERM)
    except OSError:
        return False
    return True


def _is_same(file: Path, lock: Path) -> bool:
    try:
        return file.samefile(lock)
    except OSError:
        return False


def run_apart(program: Path, stdin: bytes, seconds: float) -> Done:
    """Run a program in a session of its own; one that does not end in time is ended with everything it started."""
    try:
        child = subprocess.Popen(
            [str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return Done(CANNOT_RUN, str(error), "")
    try:
        out, _ = child.communicate(stdin, seconds)
        return Done(child.returncode, out.decode(errors="replace"), "")
    except subprocess.TimeoutExpired as late:
        return Done(TIMED_OUT, (late.stdout or b"").decode(errors="replace"), "")
    finally:
        _end_all(child)


def _end_all(child: subprocess.Popen[bytes]) -> None:
    """End what is left of a program that did not end, or that left somebody behind who holds its output."""
    pipes = [pipe for pipe in (child.stdin, child.stdout) if pipe is not None and not pipe.closed]
    if pipes:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in pipes:
        with suppress(OSError):
            pipe.close()


def _end_with(work: Callable[[], None]) -> None:
    """Work, and end this process without running the caller's code or clean-up."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  whatever it is, this process ends here and the log must say why
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _become_job(log: Path, hears: int, speaks: int, work: Callable[[], None]) -> None:
    """Leave the caller's session, say that we are here, and work."""
    os.close(hears)
    os.setsid()
    if os.fork():
        os._exit(0)
    _take_streams(log)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    os.write(speaks, b"!")
    os.close(speaks)
    work()


def _take_streams(log: Path) -> None:
    """Keep no stream of the caller's; output goes to the log."""
    silence = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((silence, 0), (output, 1), (output, 2)):
        os.dup2(source, target)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Turn SIGTERM into an exception, so that a swap in progress restores what served, undisturbed by a second one."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit("asked to stop (SIGTERM)")
