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


SIGNATURES = tuple(Signature(*row) for row in ROWS)


def diagnose(text: str) -> Signature | None:
    """The first cause that a log shows, or None."""
    return next((one for one in SIGNATURES if re.search(one.pattern, text)), None)
