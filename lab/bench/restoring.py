"""How soon a bad candidate is found out, and how soon what served before answers again."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from lab.bench.figures import tell
from lab.bench.ground import MIN_HEALTHY, Ground
from lab.bench.overheard import overheard
from lab.traffic import MODELS, Answer, traffic

RATE = 20.0
FOUND = "did not take over"
SEEN_LIMIT, RESTORE_LIMIT = 5.0, 2.0
ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAMConfig.IPv4Address}}{{end}}"


@dataclass(frozen=True)
class Event:
    """What Docker says of a container, named by its id, and when, on the monotonic clock."""

    kind: str
    container: str
    at: float


def measure(ground: Ground) -> None:
    """Replace the engine by one that ends at its start, stop-first, under traffic."""
    seen, own, ready = [], [], []
    ground.deploy(cutover__strategy="stop-first", engine__env={"NOTE": "before crashes"})
    container = ground.serving["container"]
    address = ground.project.inside("docker", "inspect", f"--format={ADDRESS}", container).out.strip()
    for number in range(ground.rounds):
        begun = time.monotonic()
        with (
            traffic(ground.project, rate=RATE, watched=address) as answers,
            overheard(ground.project, FOUND) as heard,
        ):
            _crash(ground, number)
            # Callers who were held must have been answered before they are counted.
            time.sleep(1.0)
        failed, events = heard[0].at, [one for one in _events(ground) if one.at > begun]
        died = max(one.at for one in events if one.kind == "die" and one.container != container)
        started = max(one.at for one in events if one.kind == "start" and one.container == container)
        seen.append(failed - died)
        ready.append(_first(answers, of=ground.project.host.gate.health_path, after=started) - started)
        own.append(_first(answers, of=MODELS, after=failed) - failed - ready[-1])
    # What is measured next finds a host file that is good.
    ground.deploy()
    what = "crash loop seen: from a candidate's end to the failure in the log, s"
    tell(what, median(seen), limit=SEEN_LIMIT, all=seen)
    what = "restore: from failure seen to the old release answering, less its restart-to-ready, s"
    tell(what, median(own), limit=RESTORE_LIMIT, all=own, restart_to_ready=ready)


def _crash(ground: Ground, number: int) -> None:
    """An engine that does not know its flags ends at once, at every start."""
    flags = {"psm": 6, "no-such-flag": number}
    ran = ground.project.up(engine__flags=flags, cutover__strategy="stop-first", gate__healthy_seconds=MIN_HEALTHY)
    if "(ocrfleet exit code 20)" not in ran.out:
        raise SystemExit(f"the bad candidate was to be found out and was not:\n{ran.out}")


def _events(ground: Ground) -> list[Event]:
    """What happened to containers in the last minutes."""
    words = ("docker", "events", "--since=300s", "--until=0s", "--filter=type=container", "--format={{json .}}")
    offset = time.time() - time.monotonic()
    found = map(json.loads, ground.project.inside(*words).out.splitlines())
    return [Event(one["Action"], one["Actor"]["ID"], one["timeNano"] / 1e9 - offset) for one in found]


def _first(answers: Sequence[Answer], *, of: str, after: float) -> float:
    """When the first right answer came afterwards."""
    return min(one.answered for one in answers if one.path == of and one.good and one.answered > after)
