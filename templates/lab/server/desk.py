"""Where pages are read: a few seats, a short line of waiting places, and a no for everybody else."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean

from server.errors import Busy
from server.pictures import clean_png
from server.reader import Reader


class Desk:
    """Reads as many pages at once as there are seats; `queue` more may wait; the next is told when to come back."""

    def __init__(self, reader: Reader, *, seats: int, queue: int, observe: Callable[[float], object]) -> None:
        self._reader, self._observe = reader, observe
        self._places = seats + queue
        self._seats = asyncio.Semaphore(seats)
        self._recent: deque[float] = deque(maxlen=20)
        self.in_flight = 0
        self.reading = 0

    @property
    def waiting(self) -> int:
        """Requests that have a place and no seat."""
        return self.in_flight - self.reading

    @property
    def retry_after(self) -> int:
        """Seconds in which each seat should have read one page, at least 1."""
        return max(1, math.ceil(fmean(self._recent))) if self._recent else 1

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place at the desk, given back on any exit; Busy when there is none."""
        if self.in_flight >= self._places:
            raise Busy(retry_after=self.retry_after)
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    async def read(self, picture: bytes) -> str:
        """The text of the picture, once a seat is free; the caller has a place."""
        # Decoding needs a seat too: it takes a core, and far more memory than the bytes it starts from.
        async with self._seats:
            with self._reading():
                png = await asyncio.to_thread(clean_png, picture)
                with self._timing():
                    return await self._reader.read(png)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self.reading += 1
        try:
            yield
        finally:
            self.reading -= 1

    @contextmanager
    def _timing(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - started
            self._recent.append(seconds)
            self._observe(seconds)
