"""What the agent needs of the machine it runs on: commands, HTTP, files that must survive, clocks.

Everything the agent changes goes through a `World`, so tests pass a fake and a campaign can break the n-th call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ocrfleet.agent.disk import Disk
from ocrfleet.agent.pull import Pulled, Take
from ocrfleet.agent.wire import Reply

A = TypeVar("A")
B = TypeVar("B")
COMMAND_SECONDS = 120.0
TIMED_OUT = 124


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Space:
    """How many bytes of a disk are free, and how many it has."""

    free: int
    total: int


class Asked(Protocol):
    """A request under way."""

    @property
    def reply(self) -> Reply | None:
        """The answer, None until it is there; it is there at the latest when the time limit is over."""
        ...

    def drop(self) -> None:
        """Hang up; nobody wants the answer any more."""
        ...


class World(Protocol):
    """What the agent needs of a machine."""

    held: set[int]
    disk: Disk

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        """Run a command to its end; an exit code other than 0 raises CommandFailed unless `check` is off."""
        ...

    def both(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        """Do two things that only look at the same time; what one of them raises is raised when both are done."""
        ...

    def stream(self, argv: list[str], *, stdin: Path, env: dict[str, str], seconds: float) -> int:
        """Run a command whose output goes to our own stdout; return its exit code, 124 when time ran out."""
        ...

    def hook(self, program: Path, stdin: bytes, *, seconds: float) -> Done:
        """Run a program that is not ours, without our locks; what it says on either stream is in `out`."""
        ...

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        """Send one HTTP request to a literal `http://address:port/path`; the whole answer within the time limit."""
        ...

    def status(self, url: str, *, seconds: float) -> int:
        """Send a GET and return the status of the answer alone, 0 where none comes within the time limit."""
        ...

    def begin(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Asked:
        """Send a request as `ask` does, and do not wait for its answer."""
        ...

    def pull(self, url: str, *, headers: dict[str, str], seconds: float, take: Take) -> Pulled:
        """Ask a web server and hand over the answer piece by piece; only silence of `seconds` ends it early."""
        ...

    def make(self, folder: Path) -> None:
        """Make a folder that only we look into, and those above it, unless it is there."""
        ...

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """Replace a file so that a crash leaves the old or the new content, never a mixture; its folder is made."""
        ...

    def append(self, path: Path, line: bytes, *, largest: int) -> None:
        """Add a line to a file; one that would grow beyond `largest` bytes is first set aside as NAME.1.SUFFIX."""
        ...

    def overwrite(self, path: Path, at: int, content: bytes) -> None:
        """Write into a file that is there; it is on the disk when this returns, and no free space is needed."""
        ...

    def space(self, path: Path) -> Space:
        """How full the disk is on which a path is."""
        ...

    def read(self, path: Path) -> str | None:
        """What a file of the system says, or None when there is no such file."""
        ...

    def detach(self, log: Path, work: Callable[[], None]) -> None:
        """Run `work` in a process of its own that outlives us, its output going to `log`; return once it runs."""
        ...

    def interrupt(self, pid: int, lock: Path) -> bool:
        """Ask a detached process to end, if it is the one that works under this lock; False when it is not."""
        ...

    def deafen(self) -> None:
        """Let nobody ask us to end from now on: what follows must not stop half-way."""
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
