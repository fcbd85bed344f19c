"""Shows what the lab does now and for how long it has: live in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner

Tell = Callable[[str], None]
QUIET_SECONDS = 10.0


@dataclass
class Steps:
    """The steps of one run. Everything goes to standard error; results go to standard output."""

    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True, emoji=False))
    begun: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, name: str, *, worth: float = 0.0) -> Iterator[Tell]:
        """Show a step while it runs, then a line with its time and outcome if it took at least `worth` seconds."""
        start, outcome = time.monotonic(), "done"
        shown = _Live(self.console, name, start) if self.console.is_terminal else _Lines(name, start)
        with shown:
            try:
                yield shown.tell
            except BaseException:
                outcome = "FAILED"
                raise
            finally:
                seconds = time.monotonic() - start
                note = f": {shown.last}" if shown.last else ""
                if seconds >= worth or outcome != "done":
                    self.console.print(f"{outcome:<6} {seconds:6.1f} s  {name}{note}"[:200], markup=False)


class _Live:
    """One line that says what is happening now and for how long."""

    def __init__(self, console: Console, name: str, start: float) -> None:
        self._name, self._start, self.last = name, start, ""
        self._live = Live(console=console, refresh_per_second=8, transient=True, get_renderable=self._render)

    def __enter__(self) -> None:
        self._live.start()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def tell(self, line: str) -> None:
        self.last = line.strip()

    def _render(self) -> Spinner:
        seconds = time.monotonic() - self._start
        return Spinner("dots", text=f"{self._name}  {seconds:4.0f} s  {self.last[:100]}")


class _Lines:
    """A line now and then, for logs; also while a program works for minutes without a word."""

    def __init__(self, name: str, start: float) -> None:
        self._name, self._start, self.last = name, start, ""
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> None:
        self._clock.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._clock.join()

    def tell(self, line: str) -> None:
        self.last = line.strip() or self.last

    def _tick(self) -> None:
        while not self._ended.wait(QUIET_SECONDS):
            seconds = time.monotonic() - self._start
            sys.stderr.write(f"       {seconds:6.1f} s  {self._name}: {self.last[:160]}\n")
            sys.stderr.flush()
