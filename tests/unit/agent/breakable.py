"""The choke point: everything the agent does outside its own process has a number, and a `Fault` breaks one of them."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.unit.agent.faults import Died, Fault
from tests.unit.agent.outside import Outside

T = TypeVar("T")
BROKEN = "broken by the test"
# How long what has no deadline of its own does not go on, and how long after a deadline a late effect comes.
STALL, LATE = 600.0, 5.0
UNTOUCHED = "untouched"


@dataclass
class Breakable:
    """Numbers calls and breaks one of them."""

    outside: Outside
    calls: list[str] = field(default_factory=list)
    fault: Fault | None = None
    dead: bool = False
    deaf: bool = False  # nobody can ask this process to end any more
    full: bool = False

    def break_at(self, n: int, kind: str, error: BaseException | None = None) -> None:
        """Break the n-th call from now on."""
        self.calls.clear()
        self.fault = Fault(kind, n=n, error=error)

    def break_on(self, what: str, kind: str = "before", error: BaseException | None = None) -> None:
        """Break every call whose name begins so."""
        self.fault = Fault(kind, what=what, error=error)

    def revive(self) -> None:
        """Let a new process work here, with nothing broken."""
        self.dead, self.deaf, self.full, self.fault, self.outside.docker.away = False, False, False, None, False

    def _call(
        self,
        what: str,
        effect: Callable[[], T],
        broken: T | Exception | None = None,
        late: tuple[float, T | Exception] | None = None,
    ) -> T:
        """Have an effect and return what it gives, unless this call is the one to break.

        `broken` is what it gives then, and `late` after how many seconds it is given up and what it gives in that case.
        """
        if not self._is_hit(what):
            return effect()
        kind = self._take_hold()
        if kind in {"away", "full", UNTOUCHED} or (broken is None and kind in {"before", "after"}):
            return effect()
        if kind in {"hang", "late"}:
            return self._hang(effect, late)
        if kind == "after":
            effect()
        return _given(broken)

    def _step(self, what: str, effect: Callable[[], None], half: Callable[[], None] | None = None) -> None:
        """Do one step on the disk."""
        if not self._is_hit(what):
            return effect()
        kind = self._take_hold(half)
        if kind in {"hang", "late"}:
            self.outside.stall(STALL)
        if kind != "before":
            effect()
        if kind in {"before", "after"}:
            raise eio()
        return None

    def _is_hit(self, what: str) -> bool:
        if self.dead:
            raise Died
        self.calls.append(what)
        self.outside.settle()
        return self.fault is not None and self.fault.hits(self.calls)

    def _take_hold(self, half: Callable[[], None] | None = None) -> str:
        """Let the fault take hold, which may end this process; return how it breaks the call."""
        fault = self.fault or Fault("none")
        self.dead, self.outside.docker.away = fault.kind in {"die", "tear"}, fault.kind == "away"
        self.full = self.full or fault.kind == "full"
        if fault.kind == "tear" and half is not None:
            half()
        error = Died() if self.dead else fault.error
        if error is None:
            return fault.kind
        if self.deaf and isinstance(error, SystemExit):
            return UNTOUCHED
        raise error

    def _hang(self, effect: Callable[[], T], late: tuple[float, T | Exception] | None) -> T:
        """Let a deadline pass; a late effect comes after it. What has no deadline goes on after a while."""
        if late is None:
            self.outside.stall(STALL)
            return effect()
        seconds, given_up = late
        self.outside.stall(seconds)
        if self.fault is not None and self.fault.kind == "late":
            self.outside.at(self.outside.seconds + LATE, lambda: _forget(effect()))
        return _given(given_up)


def eio() -> OSError:
    """What a broken disk gives: a new one each time, for an error keeps everything it passed through."""
    return OSError(errno.EIO, BROKEN)


def full() -> OSError:
    """What a full disk gives."""
    return OSError(errno.ENOSPC, "No space left on device")


def _given(broken: T | Exception | None) -> T:
    assert broken is not None
    if isinstance(broken, Exception):
        raise broken
    return broken


def _forget(_: Any) -> None:
    """Nobody hears what comes too late."""
