"""Starts work that outlives the SSH session it was asked through."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType


def daemonise(log: Path, work: Callable[[], None]) -> None:
    """Run `work` in a detached process and return once it has begun; raise OSError when it did not begin."""
    hears, speaks = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hears)
        _leave_session(log)
        _work(speaks, work)
    os.close(speaks)
    os.waitpid(child, 0)
    with os.fdopen(hears, "rb") as pipe:
        if pipe.read(1) != b"!":
            raise OSError("the job did not start")


def _leave_session(log: Path) -> None:
    """Become a process without parent, terminal or open streams of the caller's."""
    os.setsid()
    if os.fork():
        os._exit(0)
    silence = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((silence, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)


def _work(speaks: int, work: Callable[[], None]) -> None:
    """Say that we are here, work, and end without running the caller's clean-up."""
    code = 1
    try:
        os.write(speaks, b"!")
        os.close(speaks)
        work()
        code = 0
    except BaseException:  # noqa: BLE001  whatever it is, this process ends here and the log must say why
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Turn SIGTERM into an exception, so that a swap in progress restores what served."""
    raise SystemExit("asked to stop (SIGTERM)")
