"""The one seam between the agent and the world: commands, HTTP, files that must survive, clocks.

Everything the agent changes goes through a `Machine`, so tests pass a fake and a campaign can break the n-th call.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ocrfleet.agent import wire
from ocrfleet.agent.detach import daemonise
from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.wire import Reply

COMMAND_SECONDS, LAST_CHANCE_SECONDS = 120.0, 10.0
TIMED_OUT = 124


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str


class World(Protocol):
    """What the agent needs of a machine."""

    held: set[int]

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        """Run a command to its end; an exit code other than 0 raises CommandFailed unless `check` is off."""
        ...

    def stream(self, argv: list[str], *, stdin: Path, env: dict[str, str], seconds: float) -> int:
        """Run a command whose output goes to our own stdout; return its exit code, 124 when time ran out."""
        ...

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        """Send one HTTP request to a literal `http://address:port/path`; the whole answer within the time limit."""
        ...

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """Replace a file so that a crash leaves the old or the new content, never a mixture; its folder is made."""
        ...

    def overwrite(self, path: Path, at: int, content: bytes) -> None:
        """Write into a file that is there; it is on the disk when this returns, and no free space is needed."""
        ...

    def read(self, path: Path) -> str | None:
        """What a file of the system says, or None when there is no such file."""
        ...

    def detach(self, log: Path, work: Callable[[], None]) -> None:
        """Run `work` in a process of its own that outlives us, its output going to `log`; return once it runs."""
        ...

    def clock(self) -> float:
        """Seconds that only go forward; for deadlines."""
        ...

    def now(self) -> float:
        """Seconds since 1970; for people."""
        ...

    def sleep(self, seconds: float) -> None: ...

    def boot(self) -> str:
        """Name this boot; a restarted container counts as a new one."""
        ...

    def program(self) -> Path:
        """The file this agent runs from."""
        ...

    def become(self, program: Path) -> None:
        """Run another agent in our place, with our arguments; does not return."""
        ...


class Machine:
    """The real machine. `reserve` is a file that is removed when the disk is full, to make room for a last word."""

    def __init__(self, reserve: Path) -> None:
        self._reserve = reserve
        # Locks we hold. Every child inherits them, so that a killed agent's docker command still keeps others out.
        self.held: set[int] = set()

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        try:
            done = subprocess.run(
                argv,
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                stdin=subprocess.DEVNULL,
                pass_fds=tuple(self.held),
            )
        except FileNotFoundError:
            done = subprocess.CompletedProcess(argv, 127, "", f"{argv[0]}: not found")
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess(argv, TIMED_OUT, "", f"no end after {seconds:.0f} s")
        if check and done.returncode:
            raise CommandFailed(argv, done.returncode, done.stderr)
        return Done(done.returncode, done.stdout, done.stderr)

    def stream(self, argv: list[str], *, stdin: Path, env: dict[str, str], seconds: float) -> int:
        with stdin.open("rb") as source:
            child = subprocess.Popen(
                argv, stdin=source, stderr=subprocess.STDOUT, env={**os.environ, **env}, pass_fds=tuple(self.held)
            )
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            return TIMED_OUT
        finally:
            _end(child)

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        return wire.request(method, url, body=body, headers=headers, seconds=seconds)

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        try:
            _replace(path, content, mode)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT} or not self._reserve.exists():
                raise
            self._reserve.unlink()
            _replace(path, content, mode)

    def overwrite(self, path: Path, at: int, content: bytes) -> None:
        handle = os.open(path, os.O_WRONLY)
        try:
            os.pwrite(handle, content, at)
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None

    def detach(self, log: Path, work: Callable[[], None]) -> None:
        daemonise(log, work)

    def clock(self) -> float:
        return time.monotonic()

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def boot(self) -> str:
        # The start of PID 1 tells a restarted container, which shares the boot_id of the machine around it.
        first = Path("/proc/1/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip() + "/" + first

    def program(self) -> Path:
        return Path(sys.argv[0]).resolve()

    def become(self, program: Path) -> None:
        os.execv(sys.executable, [sys.executable, str(program), *sys.argv[1:]])  # noqa: S606  no shell, on purpose


def _replace(path: Path, content: bytes, mode: int) -> None:
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700)
        sync_folder(path.parent.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave no child behind: ask it to end, then make it."""
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(LAST_CHANCE_SECONDS)
        child.kill()
        child.wait()
