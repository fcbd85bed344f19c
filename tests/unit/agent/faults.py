"""What a test breaks in the agent: one of its calls, or its whole process."""

from __future__ import annotations

from dataclasses import dataclass


class Died(BaseException):
    """The process is gone; nothing of it runs any more."""


@dataclass(frozen=True)
class Fault:
    """Breaks call number `n`, or every one whose name begins with `what`.

    The call fails `before` or `after` its effect, or there the process is to `die`, Docker to go `away`, or `error` to
    be raised.
    """

    kind: str
    n: int = 0
    what: str = "no call"
    error: BaseException | None = None

    def hits(self, calls: list[str]) -> bool:
        """Whether the last of the calls is one to break."""
        return self.n == len(calls) or calls[-1].startswith(self.what)
