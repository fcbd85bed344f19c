"""Names why an engine did not come up, from what it said last. Pure.

A log that no signature knows gets no name: a wrong one costs more than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ocrfleet.agent.signatures import ROWS


@dataclass(frozen=True)
class Signature:
    """A cause: how it shows in a log, what it is in one sentence, and what to do about it."""

    name: str
    pattern: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.sentence}; {self.remedy}"

    def shows_in(self, text: str) -> bool:
        """Whether a text has its mark."""
        return re.search(self.pattern, text) is not None


SIGNATURES = tuple(Signature(*row) for row in ROWS)
DISK_FULL = next(one for one in SIGNATURES if one.name == "disk-full")


def diagnose(text: str) -> Signature | None:
    """The first cause that a log shows, or None."""
    return next((one for one in SIGNATURES if one.shows_in(text)), None)
