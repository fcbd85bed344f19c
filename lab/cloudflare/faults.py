"""What goes wrong at the n-th call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from lab.cloudflare.answers import Answer, Call, Denied, Silent


class Fault(Enum):
    """How a call goes wrong: before anything was done, except for LOST, whose effect stays."""

    TOO_MANY = "429"
    BROKEN = "503"
    HANGS = "hangs"
    LOST = "applied, then the connection is dropped"


@dataclass
class Schedule:
    """Which calls go wrong, counted from 1."""

    at: Mapping[int, Fault] = field(default_factory=dict)
    retry_after: int = 1

    def fault(self, number: int, call: Call) -> Fault | None:  # noqa: ARG002  others look at the call
        """How this call goes wrong, if it does."""
        return self.at.get(number)

    def around(self, number: int, call: Call, deed: Callable[[], Answer]) -> Answer:
        """Do a call as the schedule lets it be done."""
        fault = self.fault(number, call)
        if fault is Fault.TOO_MANY:
            raise too_many(self.retry_after)
        if fault is Fault.BROKEN:
            raise Denied(503, 10001, "Service temporarily unavailable")
        if fault is Fault.HANGS:
            raise Silent
        answer = deed()
        if fault is Fault.LOST:
            raise Silent
        return answer


@dataclass
class NextMade(Schedule):
    """Loses the answer to the next call that makes something, once."""

    left: int = 1

    def fault(self, number: int, call: Call) -> Fault | None:  # noqa: ARG002  others look at the number
        if call.method != "POST" or not self.left:
            return None
        self.left -= 1
        return Fault.LOST


@dataclass
class EveryNth(Schedule):
    """Every n-th call goes wrong in one way."""

    kind: Fault = Fault.BROKEN
    nth: int = 3

    def fault(self, number: int, call: Call) -> Fault | None:  # noqa: ARG002  others look at the call
        return self.kind if number % self.nth == 0 else None


def too_many(seconds: int) -> Denied:
    """The answer to who asks too often."""
    headers = {"Retry-After": str(seconds)}
    return Denied(429, 971, "Please wait and consider throttling your request speed", headers)
