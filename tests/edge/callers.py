"""Callers of a public name, so many times a second, each with what it has; and what they were answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

Shown = Callable[[], Mapping[str, str]]
AT_ONCE = 16


@dataclass
class Callers:
    """What came: the status of each request, 0 for none."""

    url: str
    name: str
    path: str
    statuses: list[int] = field(default_factory=list)

    @property
    def failed(self) -> list[int]:
        return [status for status in self.statuses if status != httpx.codes.OK]

    @contextmanager
    def calling(self, rate: float, shown: Shown) -> Iterator[None]:
        """Call for the block; every caller shows what it has when it calls."""
        stop = threading.Event()
        with (
            httpx.Client(timeout=30.0, verify=False, limits=httpx.Limits(max_connections=AT_ONCE)) as http,
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            clock = threading.Thread(
                target=self._tick, args=(rate, shown, stop, lambda shown: pool.submit(self._call, http, shown))
            )
            clock.start()
            try:
                yield
            finally:
                stop.set()
                clock.join()

    @staticmethod
    def _tick(rate: float, shown: Shown, stop: threading.Event, call: Callable[[dict[str, str]], object]) -> None:
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            due += 1 / rate
            call(dict(shown()))

    def _call(self, http: httpx.Client, headers: dict[str, str]) -> None:
        try:
            status = http.get(f"{self.url}{self.path}", headers={"Host": self.name, **headers}).status_code
        except httpx.HTTPError:
            status = 0
        self.statuses.append(status)
