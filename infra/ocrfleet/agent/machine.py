"""The real machine: the one place where the agent acts."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ocrfleet.agent import pull, wire
from ocrfleet.agent.beside import beside
from ocrfleet.agent.detach import daemonise, interrupt, run_apart
from ocrfleet.agent.disk import Disk, append, ensure, overwrite, replace
from ocrfleet.agent.errand import Errand
from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.pull import Pulled, Take
from ocrfleet.agent.wire import Reply
from ocrfleet.agent.world import COMMAND_SECONDS, TIMED_OUT, A, Asked, B, Done, Space

LAST_CHANCE_SECONDS = 10.0
# Docker's client is written in Go and lives for a moment: a quarter of that it would look for garbage.
SHORT_LIVED = {"GOGC": "400"}


class Machine:
    """The real machine. `reserve` is a file that is removed when the disk is full, to make room for a last word."""

    def __init__(self, reserve: Path) -> None:
        self._reserve, self.disk = reserve, Disk()
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
                env={**os.environ, **SHORT_LIVED},
                pass_fds=tuple(self.held),
            )
        except FileNotFoundError:
            done = subprocess.CompletedProcess(argv, 127, "", f"{argv[0]}: not found")
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess(argv, TIMED_OUT, "", f"no end after {seconds:.0f} s")
        if check and done.returncode:
            raise CommandFailed(argv, done.returncode, done.stderr)
        return Done(done.returncode, done.stdout, done.stderr)

    def both(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        return beside(first, second)

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

    def hook(self, program: Path, stdin: bytes, *, seconds: float) -> Done:
        return run_apart(program, stdin, seconds)

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        return wire.request(method, url, body=body, headers=headers, seconds=seconds)

    def status(self, url: str, *, seconds: float) -> int:
        return wire.status(url, seconds)

    def begin(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Asked:
        return Errand(method, url, body=body, headers=headers, seconds=seconds)

    def pull(self, url: str, *, headers: dict[str, str], seconds: float, take: Take) -> Pulled:
        return pull.pull(url, headers=headers, seconds=seconds, take=take)

    def make(self, folder: Path) -> None:
        self._with_room(lambda: ensure(self.disk, folder))

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        self._with_room(lambda: replace(self.disk, path, content, mode))

    def append(self, path: Path, line: bytes, *, largest: int) -> None:
        self._with_room(lambda: append(self.disk, path, line, largest))

    def _with_room(self, write: Callable[[], None]) -> None:
        """Write; on a full disk give up the reserve and write again."""
        try:
            write()
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT} or not self._reserve.exists():
                raise
            self.disk.remove(self._reserve)
            write()

    def overwrite(self, path: Path, at: int, content: bytes) -> None:
        overwrite(self.disk, path, at, content)

    def space(self, path: Path) -> Space:
        usage = shutil.disk_usage(path)
        return Space(usage.free, usage.total)

    def read(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            # A process whose file is read may end meanwhile.
            return None

    def detach(self, log: Path, work: Callable[[], None]) -> None:
        daemonise(log, work)

    def interrupt(self, pid: int, lock: Path) -> bool:
        return interrupt(pid, lock)

    def deafen(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

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


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave no child behind: ask it to end, then make it."""
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(LAST_CHANCE_SECONDS)
        child.kill()
        child.wait()
