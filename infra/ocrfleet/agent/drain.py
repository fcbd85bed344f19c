"""Waits until an engine has answered everything it was asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ocrfleet.agent.machine import World

POLL, QUIET_LOOKS = 0.25, 2
OK = 200


def drain(world: World, address: str, service: dict[str, Any], say: Callable[[str], None]) -> None:
    """Return when nothing is in flight, the engine is gone, or the limit has passed."""
    limit = service["cutover"]["drain_seconds"]
    deadline, quiet = world.clock() + limit, 0
    while world.clock() < deadline:
        busy = in_flight(world, address, service)
        if busy == 0:
            quiet += 1
        else:
            quiet = 0
        # Two looks: a request may be on its way from the proxy while the first one reads zero.
        if busy is None or quiet >= QUIET_LOOKS:
            return
        world.sleep(POLL)
    say(f"drain: requests were still in flight after {limit:.0f} s")


def in_flight(world: World, address: str, service: dict[str, Any]) -> float | None:
    """How many requests the engine has not answered yet; None when it does not answer at all."""
    engine = service["engine"]
    url = f"http://{address}:{engine['port']}/metrics"
    reply = world.ask("GET", url, body=None, headers={}, seconds=5)
    if reply.status == 0:
        return None
    names = "|".join(map(re.escape, engine["in_flight_metrics"]))
    values = re.findall(rf"^(?:{names})(?:{{[^}}]*}})?\s+(\S+)", reply.body.decode(errors="replace"), re.MULTILINE)
    # An engine that does not tell gets the whole limit.
    return sum(map(float, values)) if values and reply.status == OK else float("inf")
