"""One thing looked at on a host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Good or not, and what was seen; where it is not good, with what to do."""

    what: str
    good: bool
    detail: str
