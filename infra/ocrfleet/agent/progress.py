"""Says how far something large has come: bytes, pace, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Callable

EVERY_SECONDS = 5.0
KILO, MEGA, GIGA = 10**3, 10**6, 10**9
MINUTE = 60


class Progress:
    """Counts bytes of a known whole; a line every five seconds."""

    def __init__(self, total: int, clock: Callable[[], float], say: Callable[[str], None]) -> None:
        self._total, self._clock, self._say = total, clock, say
        self._there, self._came = 0, 0
        self._began = self._said = clock()

    def has(self, count: int) -> None:
        """So many bytes are there already, and tell nothing of the pace; fewer than none were lost again."""
        self._there += count

    def came(self, count: int, what: str) -> None:
        """So many bytes came."""
        self._there, self._came = self._there + count, self._came + count
        if self._clock() - self._said >= EVERY_SECONDS:
            self.tell(what)

    def tell(self, what: str) -> None:
        """Say how far it is."""
        self._said = self._clock()
        took = self._said - self._began
        pace = self._came / took if took > 0 else 0.0
        left = f", {_time((self._total - self._there) / pace)} left" if pace else ""
        part = 100 * self._there // self._total if self._total else 100
        self._say(f"{size(self._there)} of {size(self._total)} ({part}%), {size(pace)}/s{left}: {what}")


def size(count: float) -> str:
    """Bytes as people read them; hubs count in thousands."""
    if count >= GIGA:
        return f"{count / GIGA:.2f} GB"
    return f"{count / MEGA:.1f} MB" if count >= MEGA else f"{count / KILO:.1f} kB"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 2 * MINUTE else f"{seconds / MINUTE:.0f} min"
