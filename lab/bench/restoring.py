"""How soon a bad candidate is found out, and how soon what served before answers again."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from statistics import median

from lab.bench.figures import tell
from lab.bench.ground import Ground
from lab.bench.overheard import Heard, overheard
from lab.traffic import Answer, traffic

RATE = 20.0
FOUND = "did not take over"
SEEN_LIMIT, RESTORE_LIMIT = 5.0, 2.0


def measure(ground: Ground) -> None:
    """Replace the engine by one that ends at its start, stop-first, under traffic."""
    seen, own = [], []
    ground.deploy(cutover__strategy="stop-first", engine__env={"NOTE": "before crashes"})
    for number in range(ground.rounds):
        ready = ground.serving["ready_seconds"]
        with traffic(ground.project, rate=RATE) as answers, overheard(ground.project, FOUND) as heard:
            _crash(ground, number)
            # Callers who were held must have been answered before they are counted.
            time.sleep(1.0)
        failed_at = heard[0].at
        seen.append(failed_at - _died(ground, heard[0]))
        own.append(_answered(answers, after=failed_at) - failed_at - ready)
    tell(
        "crash loop seen: from a candidate's end to the failure in the log, s", median(seen), limit=SEEN_LIMIT, all=seen
    )
    what = "restore: from failure seen to the old release answering, less its own time to get ready, s"
    tell(what, median(own), limit=RESTORE_LIMIT, all=own)


def _crash(ground: Ground, number: int) -> None:
    """An engine that does not know its flags ends at once, at every start."""
    ran = ground.project.up(
        engine__flags={"psm": 6, "no-such-flag": number}, cutover__strategy="stop-first", gate__healthy_seconds=12
    )
    if "(ocrfleet exit code 20)" not in ran.out:
        raise SystemExit(f"the bad candidate was to be found out and was not:\n{ran.out}")


def _died(ground: Ground, failure: Heard) -> float:
    """When the last container ended before the failure was told, as Docker says, on the monotonic clock."""
    words = ("docker", "events", "--since=120s", "--until=0s", "--filter=event=die", "--format={{json .}}")
    ended: list[float] = [json.loads(line)["timeNano"] / 1e9 for line in ground.project.inside(*words).out.splitlines()]
    offset = time.time() - time.monotonic()
    return max(moment - offset for moment in ended if moment - offset <= failure.at)


def _answered(answers: Sequence[Answer], *, after: float) -> float:
    """When the first right answer came afterwards."""
    return min(one.answered for one in answers if one.good and one.answered > after)
