"""A figure: one line of JSON with what was measured, its limit, and whether the limit is met."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

# What was above its limit in this run.
missed: list[str] = []


def tell(what: str, value: float, *, limit: float | None = None, **more: Any) -> None:
    """Print a figure; a value is good that is not above its limit, and one that is not is remembered in `missed`."""
    figure: dict[str, Any] = {"what": what, "value": value}
    if limit is not None:
        figure |= {"limit": limit, "met": value <= limit}
        if not figure["met"]:
            missed.append(what)
    figure |= more
    sys.stdout.write(json.dumps({name: _rounded(one) for name, one in figure.items()}) + "\n")
    sys.stdout.flush()


def timed(work: Callable[[], object]) -> float:
    """How many seconds some work takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 3) if isinstance(value, float) else value
