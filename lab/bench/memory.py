"""How much memory a process that others start holds at most."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.05
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


@dataclass
class Peak:
    """The most that any process of a name held; the kernel keeps count, so nothing between two looks is missed."""

    mib: float = 0.0


@contextmanager
def peak_of(module: str) -> Iterator[Peak]:
    """Watch every Python process that runs a module, for as long as the block lasts."""
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(PAUSE):
            peak.mib = max([peak.mib, *_held(module)])

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        over.set()
        watching.join()
    if not peak.mib:
        raise RuntimeError(f"no process ran {module}")


def _held(module: str) -> Iterator[float]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if module.encode() in words and (found := PEAK.search((process / "status").read_text(encoding="ascii"))):
                yield int(found[1]) / 1024
