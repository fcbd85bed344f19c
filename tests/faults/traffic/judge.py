"""What callers may meet while releases follow each other, and what they did meet. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from lab.traffic import Answer
from tests.faults.proof import Figures

UNAVAILABLE = 503
# How exactly the proxy keeps its limit, with one attempt under way, on a machine that is busy.
EARLY, LATE = 0.5, 5.0


@dataclass(frozen=True)
class Swap:
    """One change: when it was asked for and over, the outage its plan expected, and the one its record tells."""

    begun: float
    ended: float
    expected: float | None
    recorded: float | None


def wrong(answers: Sequence[Answer], *, hold: float | None = None) -> list[Answer]:
    """The answers that nobody may get.

    Every answer must be the right one; where a hold limit is given, one that waited so long may be 503 with
    Retry-After instead.
    """
    return [one for one in answers if not one.good and not (hold is not None and _sent_away(one, hold))]


def _sent_away(one: Answer, hold: float) -> bool:
    return one.status == UNAVAILABLE and one.retry_after and hold - EARLY <= one.seconds <= hold + LATE


def seen(answers: Sequence[Answer], swap: Swap) -> float:
    """The outage as callers saw it: the longest time of the swap in which nobody got a right answer."""
    moments = sorted(one.answered for one in answers if one.good and swap.begun <= one.answered <= swap.ended)
    edges = [swap.begun, *moments, swap.ended]
    return max(after - before for before, after in pairwise(edges))


def figures(answers: Sequence[Answer], swaps: Sequence[Swap]) -> Figures:
    """What there is to publish: counts, the slowest answer, and the outages beside what the plans expected."""
    outages = [seen(answers, swap) for swap in swaps]
    pairs = [(outage, swap.expected) for outage, swap in zip(outages, swaps, strict=True) if swap.expected]
    found: dict[str, int | float | str] = {
        "swaps": len(swaps),
        "requests": len(answers),
        "right answers": sum(one.good for one in answers),
        "sent away with Retry-After": sum(one.status == UNAVAILABLE and one.retry_after for one in answers),
        "slowest right answer, s": round(max((one.seconds for one in answers if one.good), default=0.0), 2),
        "outage seen, median s": round(median(outages), 2),
        "outage seen, longest s": round(max(outages), 2),
        "outages seen, s": " ".join(f"{outage:.1f}" for outage in outages),
    }
    if pairs:
        found["outages the plans expected, s"] = " ".join(f"{expected:.1f}" for _, expected in pairs)
        found["outage seen / expected, most"] = round(max(outage / expected for outage, expected in pairs), 2)
    return found
