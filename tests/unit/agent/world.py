"""What the agent has instead of a machine: every call it makes has a number, and a `Fault` breaks one of them."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.disk import Disk, append, ensure, overwrite, replace
from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.pull import Pulled, Take
from ocrfleet.agent.wire import Reply
from ocrfleet.agent.world import COMMAND_SECONDS, TIMED_OUT, A, Asked, B, Done, Space
from tests.unit.agent.breakable import BROKEN, Breakable, eio, full
from tests.unit.agent.errands import Errand
from tests.unit.agent.outside import NEW_YEAR
from tests.unit.agent.platter import Platter

CHANGING = {"create", "start", "unpause", "stop", "rm", "exec", "run"}
LATE = Done(TIMED_OUT, "", "no end after its seconds")


@dataclass
class FakeWorld(Breakable):
    """Stands for `Machine`; see the protocol `World`."""

    held: set[int] = field(default_factory=set)
    unlocked: list[str] = field(default_factory=list)  # what was changed without the cutover lock
    interrupted: list[Path] = field(default_factory=list)
    pointed: list[str] = field(default_factory=list)  # everything the upstream file ever said
    later: list[Callable[[], None]] | None = None  # detached work is put here, or done at once
    streamed: list[tuple[list[str], bytes, dict[str, str]]] = field(default_factory=list)
    build: Callable[[list[str]], int] = lambda _: 0
    hooks: dict[str, Done] = field(default_factory=dict)  # how each hook ends
    hooked: list[dict[str, Any]] = field(default_factory=list)  # what each was told
    became: list[Path] = field(default_factory=list)
    asked: list[Errand] = field(default_factory=list)  # what nobody waited for

    def __post_init__(self) -> None:
        self.agent = self.outside.home / "agent" / "first.pyz"
        self.disk: Disk = Platter(self._step, self.outside.unsynced)

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        if argv[1] in CHANGING and locks.is_free(self.outside.home / "cutover.lock"):
            self.unlocked.append(" ".join(argv))
        done = self._call(" ".join(argv[:3]), lambda: self.outside.run(argv), Done(1, "", BROKEN), (seconds, LATE))
        if check and done.code:
            raise CommandFailed(argv, done.code, done.err)
        return done

    def both(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        return first(), second()

    def stream(self, argv: list[str], *, stdin: Path, env: dict[str, str], seconds: float) -> int:
        sent = stdin.read_bytes()

        def effect() -> int:
            self.streamed.append((argv, sent, env))
            return self.build(argv)

        return self._call("stream", effect, 1, (seconds, TIMED_OUT))

    def hook(self, program: Path, stdin: bytes, *, seconds: float) -> Done:
        def effect() -> Done:
            self.hooked.append(json.loads(stdin))
            return self.hooks.get(program.name, Done(0, "", ""))

        return self._call(f"hook {program.name}", effect, Done(1, BROKEN, ""), (seconds, LATE))

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        path = url.removeprefix("http://").partition("/")[2]
        broken = Reply(0, BROKEN.encode(), late=True)
        return self._call(
            f"{method} /{path}", lambda: self.outside.ask(url, headers, seconds), broken, (seconds, broken)
        )

    def status(self, url: str, *, seconds: float) -> int:
        path = url.removeprefix("http://").partition("/")[2]
        return self._call(f"GET /{path}", lambda: self.outside.ask(url, {}, seconds).status, 0, (seconds, 0))

    def begin(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Asked:
        rest, broken = url.removeprefix("http://"), Reply(0, BROKEN.encode(), late=True)

        def effect() -> Asked:
            self.asked.append(self.outside.send(rest, seconds))
            return self.asked[-1]

        def never(due: float) -> Asked:
            return Errand(self.outside, None, rest, broken, due)

        at_once, late = never(self.outside.seconds), never(self.outside.seconds + seconds)
        return self._call(f"{method} /{rest.partition('/')[2]}", effect, at_once, (0.0, late))

    def pull(self, url: str, *, headers: dict[str, str], seconds: float, take: Take) -> Pulled:
        path, broken = url.partition("://")[2].partition("/")[2], Pulled(0, {}, BROKEN)
        return self._call(f"pull /{path}", lambda: self.outside.pull(url, headers, take), broken, (seconds, broken))

    def make(self, folder: Path) -> None:
        if self.full and not folder.is_dir():
            raise full()
        ensure(self.disk, folder)

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        self._call(f"save {path.name}", lambda: self._save(path, content, mode), eio())

    def append(self, path: Path, line: bytes, *, largest: int) -> None:
        self._call(f"append {path.name}", lambda: self._append(path, line, largest), eio())

    def overwrite(self, path: Path, at: int, content: bytes) -> None:
        self._call(f"overwrite {path.name}", lambda: overwrite(self.disk, path, at, content), eio())

    def space(self, path: Path) -> Space:
        return self._call("space", lambda: self.outside.space(path), eio())

    def read(self, path: Path) -> str | None:
        return self._call(f"read {path}", lambda: self.outside.files().get(path), eio())

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

    def _interrupt(self, pid: int, lock: Path) -> bool:
        """Ask the process of this very test, unless somebody else signed the lock; it hears of it at its next sleep."""
        if pid != os.getpid():
            return False
        self.interrupted.append(lock)
        self.break_on("sleep", error=SystemExit("asked to stop (SIGTERM)"))
        return True

    def _save(self, path: Path, content: bytes, mode: int) -> None:
        if self.full:
            raise full()
        replace(self.disk, path, content, mode)
        if path == self.outside.home / "proxy" / "upstream":
            self.pointed.append(content.decode())

    def _append(self, path: Path, line: bytes, largest: int) -> None:
        if self.full:
            raise full()
        append(self.disk, path, line, largest)

    def _detach(self, log: Path, work: Callable[[], None]) -> None:
        log.touch()
        if self.later is None:
            work()
        else:
            self.later.append(work)
