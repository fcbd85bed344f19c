"""What the agent has instead of a machine: every call it makes has a number, and a `Fault` breaks one of them."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ocrfleet.agent.disk import append
from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.wire import Reply
from ocrfleet.agent.world import COMMAND_SECONDS, A, B, Done, Space
from tests.unit.agent.faults import Died, Fault
from tests.unit.agent.outside import Outside

T = TypeVar("T")
NEW_YEAR = 1_767_225_600.0
BROKEN = "broken by the test"


@dataclass
class FakeWorld:
    """Stands for `Machine`; see the protocol `World`."""

    outside: Outside
    held: set[int] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    fault: Fault | None = None
    dead: bool = False
    deaf: bool = False  # nobody can ask this process to end any more
    interrupted: list[Path] = field(default_factory=list)
    full: bool = False
    pointed: list[str] = field(default_factory=list)  # everything the upstream file ever said
    later: list[Callable[[], None]] | None = None  # detached work is put here, or done at once
    streamed: list[tuple[list[str], bytes, dict[str, str]]] = field(default_factory=list)
    build: Callable[[list[str]], int] = lambda _: 0
    hooks: dict[str, Done] = field(default_factory=dict)  # how each hook ends
    hooked: list[dict[str, Any]] = field(default_factory=list)  # what each was told
    became: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.agent = self.outside.home / "agent" / "first.pyz"

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        done = self._call(" ".join(argv[:3]), lambda: self.outside.run(argv), Done(1, "", BROKEN))
        if check and done.code:
            raise CommandFailed(argv, done.code, done.err)
        return done

    def both(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        return first(), second()

    def stream(self, argv: list[str], *, stdin: Path, env: dict[str, str], seconds: float) -> int:
        def effect() -> int:
            self.streamed.append((argv, stdin.read_bytes(), env))
            return self.build(argv)

        return self._call("stream", effect, 1)

    def hook(self, program: Path, stdin: bytes, *, seconds: float) -> Done:
        def effect() -> Done:
            self.hooked.append(json.loads(stdin))
            return self.hooks.get(program.name, Done(0, "", ""))

        return self._call(f"hook {program.name}", effect, Done(1, BROKEN, ""))

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        path = url.removeprefix("http://").partition("/")[2]
        broken = Reply(0, BROKEN.encode(), late=True)
        return self._call(f"{method} /{path}", lambda: self.outside.ask(url, headers, seconds), broken)

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        self._call(f"save {path.name}", lambda: self._save(path, content, mode), OSError(errno.EIO, BROKEN))

    def append(self, path: Path, line: bytes, *, largest: int) -> None:
        self._call(f"append {path.name}", lambda: self._append(path, line, largest), OSError(errno.EIO, BROKEN))

    def overwrite(self, path: Path, at: int, content: bytes) -> None:
        self._call(f"overwrite {path.name}", lambda: _overwrite(path, at, content), OSError(errno.EIO, BROKEN))

    def space(self, path: Path) -> Space:
        return self._call("space", lambda: self.outside.space(path), OSError(errno.EIO, BROKEN))

    def read(self, path: Path) -> str | None:
        return self._call(f"read {path}", lambda: self.outside.files().get(path), OSError(errno.EIO, BROKEN))

    def detach(self, log: Path, work: Callable[[], None]) -> None:
        self._call("detach", lambda: self._detach(log, work), OSError("the job did not start"))

    def interrupt(self, pid: int, lock: Path) -> bool:
        return self._call("interrupt", lambda: self._interrupt(pid, lock), OSError(errno.ESRCH, BROKEN))

    def deafen(self) -> None:
        self.deaf = True

    def clock(self) -> float:
        return self._call("clock", lambda: self.outside.seconds - self.outside.booted)

    def now(self) -> float:
        return self._call("now", lambda: NEW_YEAR + self.outside.seconds)

    def sleep(self, seconds: float) -> None:
        self._call("sleep", lambda: self.outside.wait(seconds))

    def boot(self) -> str:
        return self._call("boot", lambda: f"boot-{self.outside.boots}")

    def program(self) -> Path:
        return self._call("program", lambda: self.agent)

    def become(self, program: Path) -> None:
        self._call("become", lambda: self.became.append(program))

    def break_at(self, n: int, kind: str, error: BaseException | None = None) -> None:
        """Break the n-th call from now on."""
        self.calls.clear()
        self.fault = Fault(kind, n=n, error=error)

    def break_on(self, what: str, kind: str = "before", error: BaseException | None = None) -> None:
        """Break every call whose name begins so."""
        self.fault = Fault(kind, what=what, error=error)

    def revive(self) -> None:
        """Let a new process work here, with nothing broken."""
        self.dead, self.deaf, self.fault, self.outside.docker.away = False, False, None, False

    def _call(self, what: str, effect: Callable[[], T], broken: T | OSError | None = None) -> T:
        """Have an effect and return what it gives, unless this call is the one to break."""
        if self.dead:
            raise Died
        self.calls.append(what)
        self.outside.settle()
        if self.fault is None or not self.fault.hits(self.calls):
            return effect()
        return self._broken(self.fault, effect, broken)

    def _broken(self, fault: Fault, effect: Callable[[], T], broken: T | OSError | None) -> T:
        self.dead, self.outside.docker.away = fault.kind == "die", fault.kind == "away"
        error = Died() if self.dead else fault.error
        if self.deaf and isinstance(error, SystemExit):
            return effect()
        if error is not None:
            raise error
        if self.outside.docker.away or broken is None:
            return effect()
        if fault.kind == "after":
            effect()
        if isinstance(broken, OSError):
            raise broken
        return broken

    def _interrupt(self, pid: int, lock: Path) -> bool:
        """Ask the process of this very test, unless somebody else signed the lock; it hears of it at its next sleep."""
        if pid != os.getpid():
            return False
        self.interrupted.append(lock)
        self.break_on("sleep", error=SystemExit("asked to stop (SIGTERM)"))
        return True

    def _save(self, path: Path, content: bytes, mode: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        temporary.write_bytes(content)
        temporary.chmod(mode)
        temporary.replace(path)
        if path == self.outside.home / "proxy" / "upstream":
            self.pointed.append(content.decode())

    def _append(self, path: Path, line: bytes, largest: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(path, line, largest)

    def _detach(self, log: Path, work: Callable[[], None]) -> None:
        log.touch()
        if self.later is None:
            work()
        else:
            self.later.append(work)


def _overwrite(path: Path, at: int, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(handle, content, at)
    finally:
        os.close(handle)
