"""Asks again for what takes a while to be so everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """How often something is asked that takes a while to be so everywhere."""

    sleep: Callable[[float], None]
    tries: int = 30
    pause: float = 1.0

    def until(self, ask: Callable[[], int], good: Callable[[int], bool]) -> int:
        """Ask until the answer is good, or for the last time; return the answer."""
        for _ in range(self.tries - 1):
            answer = ask()
            if good(answer):
                return answer
            self.sleep(self.pause)
        return ask()
