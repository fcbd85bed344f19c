"""The real machine, one call of which goes wrong: a test puts this file beside the agent's on a lab host.

Every call has a number and a name. The plan in FOLDER says which one to break and how; without a plan, or for a verb
that is not in it, this is the machine as it is. The agent that is shipped knows nothing of it.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.machine import Machine as Real
from ocrfleet.agent.wire import Reply
from ocrfleet.agent.world import COMMAND_SECONDS, TIMED_OUT, Done

T = TypeVar("T")

if "faketime" in os.environ.get("LD_PRELOAD", ""):
    # libfaketime 0.9.10 answers EINVAL to the way in which Python sleeps since 3.11: until a point on a clock.
    time.sleep = lambda seconds: select.select([], [], [], float(seconds)) and None

FOLDER = Path("/run/ocrfleet-faults")
PLAN, CALLS, STRUCK, HELD, GO = (FOLDER / name for name in ("plan.json", "calls", "struck", "held", "go"))
BROKEN = "broken by the test"
# What hangs ends by a deadline of this many seconds instead of its own.
DEADLINE = 2.0


class Machine(Real):
    """Breaks call number `n`, or the first whose name begins with `name`, as the plan's `do` says."""

    def __init__(self, reserve: Path) -> None:
        super().__init__(reserve)
        self._plan, self._count = _plan(), 0

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        def result(code: int, why: str) -> Done:
            if check:
                raise CommandFailed(argv, code, why)
            return Done(code, "", why)

        return self._call(
            "run " + " ".join(argv[:3]),
            lambda: super(Machine, self).run(argv, check=check, seconds=seconds),
            fail=lambda: result(1, BROKEN),
            hang=lambda: result(TIMED_OUT, f"no end after {_hang():.0f} s"),
        )

    def stream(self, argv: list[str], *, stdin: Path, env: dict[str, str], seconds: float) -> int:
        return self._call(
            "stream",
            lambda: super(Machine, self).stream(argv, stdin=stdin, env=env, seconds=seconds),
            fail=lambda: 1,
            hang=lambda: TIMED_OUT if _hang() else 0,
        )

    def ask(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
        return self._call(
            f"ask {method} /{url.split('/', 3)[3]}",
            lambda: super(Machine, self).ask(method, url, body=body, headers=headers, seconds=seconds),
            fail=lambda: Reply(0, BROKEN.encode()),
            hang=lambda: Reply(0, f"no answer after {_hang():.0f} s".encode(), late=True),
        )

    def save(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        self._write(f"save {path.name}", lambda: super(Machine, self).save(path, content, mode))

    def append(self, path: Path, line: bytes, *, largest: int) -> None:
        self._write(f"append {path.name}", lambda: super(Machine, self).append(path, line, largest=largest))

    def overwrite(self, path: Path, at: int, content: bytes) -> None:
        record = json.loads(content[9:].partition(b"\n")[0]) if path.name == "journal" else {"step": path.name}
        self._write(
            f"overwrite {record.get('step', 'told')}", lambda: super(Machine, self).overwrite(path, at, content)
        )

    def detach(self, log: Path, work: Callable[[], None]) -> None:
        self._write("detach", lambda: super(Machine, self).detach(log, work))

    def _write(self, name: str, effect: Callable[[], None]) -> None:
        def fail() -> None:
            raise OSError(errno.EIO, BROKEN)

        def hang() -> None:
            # A disk that hangs has no deadline: it goes on some time.
            _hang()
            effect()

        self._call(name, effect, fail=fail, hang=hang)

    def _call(self, name: str, effect: Callable[[], T], *, fail: Callable[[], T], hang: Callable[[], T]) -> T:
        self._count += 1
        if not self._is_it(name):
            return effect()
        STRUCK.write_text(name, encoding="utf-8")
        do, when = self._plan["do"], self._plan.get("when", "before")
        self._plan = {"trace": self._plan.get("trace")}
        if do == "hang":
            return hang()
        if when == "before":
            _do(do)
            return fail() if do == "fail" else effect()
        done = effect()
        _do(do)
        return fail() if do == "fail" else done

    def _is_it(self, name: str) -> bool:
        if self._plan.get("trace"):
            with CALLS.open("a", encoding="utf-8") as file:
                file.write(f"{os.getpid()} {name}\n")
        wanted = self._plan.get("name")
        return bool(self._count == self._plan.get("n") or (wanted and name.startswith(wanted)))


def _plan() -> dict[str, Any]:
    """The plan for this process; an empty one breaks nothing."""
    try:
        found: dict[str, Any] = json.loads(PLAN.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found if sys.argv[1] in found["verbs"] else {}


def _do(do: str) -> None:
    if do == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if do == "hold":
        HELD.touch()
        while not GO.exists():
            time.sleep(0.02)


def _hang() -> float:
    time.sleep(DEADLINE)
    return DEADLINE
