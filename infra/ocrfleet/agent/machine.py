"""The one seam between the agent and the world: commands, HTTP, files that must survive, clocks.

Everything the agent changes goes through a `Machine`, so tests pass a fake and a campaign can break the n-th call.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ocrfleet.agent.detach import daemonise
from ocrfleet.agent.errors import CommandFailed

COMMAND_SECONDS = 120.0
LARGEST_ANSWER = 20_000_000


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. Status 0 means there was none; `body` then says why."""

    status: int
    body: bytes


class World(Protocol):
    """What the agent needs of a machine."""

    held: set[int]

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        """Run a command to its end; an exit code other than 0 raises CommandFailed unless `check` is off."""
        ...

    def stream(self, argv: list[str], *, stdin: Path, env: dict[str, str], seconds: float) -> int:
        """Run a command whose output goes to our own stdout; return its exit code."""
        ...

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        """Send one HTTP request to a literal `http://address:port/path`; the whole answer within the time limit."""
        ...

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """Replace a file so that a crash leaves the old or the new content, never a mixture."""
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


class Machine:
    """The real machine."""

    def __init__(self) -> None:
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
            done = subprocess.CompletedProcess(argv, 124, "", f"no end after {seconds:.0f} s")
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
        except BaseException:
            child.terminate()
            child.wait(10)
            raise

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        authority, _, path = url.removeprefix("http://").partition("/")
        deadline = self.clock() + seconds
        with closing(http.client.HTTPConnection(authority, timeout=seconds)) as connection:
            try:
                connection.request(method, "/" + path, body=body, headers=headers)
                answer = connection.getresponse()
                return Reply(answer.status, _read_until(answer, connection, deadline))
            except (OSError, http.client.HTTPException) as error:
                return Reply(0, (str(error) or type(error).__name__).encode())

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
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


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_until(answer: http.client.HTTPResponse, connection: Any, deadline: float) -> bytes:
    """Read an answer to its end; a slow drip fails at the deadline, not one time limit per byte."""
    body = b""
    while chunk := answer.read1(65536):
        body += chunk
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        if len(body) > LARGEST_ANSWER:
            raise OSError("the answer is too long")
        if connection.sock is not None:
            connection.sock.settimeout(left)
    return body
