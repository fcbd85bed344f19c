"""Lets an engine answer everything it was asked, and stops it."""

from __future__ import annotations

import re
from typing import Any

from ocrfleet.agent import engine
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site

POLL, QUIET_LOOKS = 0.25, 2
OK = 200


def retire(site: Site, release: Release) -> None:
    """Let a release's engine finish, up to the limit, and stop it. Its container is kept for a rollback."""
    service = site.releases.wanted(release.release)["service"]
    _drain(site, release, service)
    engine.stop(site, release, service["engine"]["stop_seconds"])


def _drain(site: Site, release: Release, service: dict[str, Any]) -> None:
    """Return when nothing is in flight, the engine is gone, or the limit has passed."""
    limit = service["cutover"]["drain_seconds"]
    deadline, quiet = site.world.clock() + limit, 0
    while site.world.clock() < deadline:
        busy = _in_flight(site, release, service)
        quiet = quiet + 1 if busy == 0 else 0
        # Two looks: a request may be on its way from the proxy while the first one reads zero.
        if busy is None or quiet >= QUIET_LOOKS:
            return
        site.world.sleep(POLL)
    site.say(f"drain: requests were still in flight after {limit:.0f} s")


def _in_flight(site: Site, release: Release, service: dict[str, Any]) -> float | None:
    """How many requests the engine has not answered yet; None when nobody is there to answer them."""
    port, names = service["engine"]["port"], "|".join(map(re.escape, service["engine"]["in_flight_metrics"]))
    reply = site.world.ask("GET", f"http://{release.address}:{port}/metrics", body=None, headers={}, seconds=5)
    if reply.status == 0 and not reply.late:
        return None
    values = re.findall(rf"^(?:{names})(?:{{[^}}]*}})?\s+(\S+)", reply.body.decode(errors="replace"), re.MULTILINE)
    # An engine that does not tell, or is too busy to, gets the whole limit.
    return sum(map(float, values)) if values and reply.status == OK else float("inf")
