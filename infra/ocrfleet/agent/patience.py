"""How long to wait before the next start of something that keeps ending."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0


@dataclass
class Patience:
    """Pauses that double from start to start up to a limit, and are short again after a calm of that length."""

    first: float = FIRST_PAUSE
    longest: float = LONGEST_PAUSE
    pause: float = 0.0
    not_before: float = 0.0

    def next_start(self, now: float) -> None:
        """Note a start; one that follows closely on the last doubles the pause."""
        calm = now - self.not_before > self.longest or not self.pause
        self.pause = self.first if calm else min(self.pause * 2, self.longest)
        self.not_before = now + self.pause
