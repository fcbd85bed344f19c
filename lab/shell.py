"""Runs a command and tells its lines; the lab's one way to start programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.steps import Tell

LAST_LINES = 20


class LabError(Exception):
    """Something the lab needs could not be had; the message says what to do."""


def run(
    argv: Sequence[str], tell: Tell, *, env: Mapping[str, str] | None = None, cwd: Path | None = None, stdin: str = ""
) -> str:
    """Run a command to its end and return what it printed; raise LabError with its last lines when it fails."""
    lines: list[str] = []
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=cwd,
        env={**os.environ, **(env or {})},
    ) as child:
        assert child.stdin is not None  # noqa: S101  asked for above
        child.stdin.write(stdin)
        child.stdin.close()
        try:
            for line in child.stdout or ():
                lines.append(line)
                tell(line)
        except KeyboardInterrupt:
            # The terminal told the child too, which may have something to put right; a second ^C does not wait for it.
            for line in child.stdout or ():
                tell(line)
            raise
    if child.returncode:
        last = "".join(lines[-LAST_LINES:])
        raise LabError(f"{' '.join(argv[:4])} … ended with exit code {child.returncode}:\n{last}")
    return "".join(lines)


def succeeds(argv: Sequence[str], *, seconds: float = 60) -> bool:
    """Whether a command ends with 0 within the time limit; a command that does not exist does not."""
    try:
        return subprocess.run(argv, check=False, capture_output=True, timeout=seconds).returncode == 0
    except (FileNotFoundError, PermissionError, subprocess.TimeoutExpired):
        return False


def output(argv: Sequence[str]) -> str:
    """What a command prints, or nothing when it fails."""
    try:
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def as_root(*argv: str) -> tuple[str, ...]:
    """The command as root may run it."""
    return argv if os.geteuid() == 0 else ("sudo", *argv)


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, and all it printed."""

    code: int
    out: str

    @classmethod
    def of(
        cls, argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = ""
    ) -> Ran:
        """Run a command to its end, however that is."""
        done = subprocess.run(
            argv,
            check=False,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env=env,
        )
        return cls(done.returncode, done.stdout)
