"""What an engine tells about its work: how much it has not answered yet, and whether anything gets done."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site

OK = 200
# Counters of requests and tokens, under whatever prefix; those that our own looks move are left out.
COUNTER = re.compile(r"^[\w:]*(?:request|token)[\w:]*_(?:total|count)(?:{([^}]*)})?\s+(\S+)", re.MULTILINE)
OURS = ("/health", "/metrics")


@dataclass(frozen=True)
class Work:
    """Requests in flight: None where nobody is there, infinite where it is not told. What got done: None untold."""

    in_flight: float | None
    done: float | None = None


def measure_work(site: Site, release: Release) -> Work:
    """Ask a release's engine for its metrics."""
    engine = site.releases.wanted(release.release)["service"]["engine"]
    url = f"http://{release.address}:{engine['port']}/metrics"
    reply = site.world.ask("GET", url, body=None, headers={}, seconds=5)
    if reply.status == 0 and not reply.late:
        return Work(None)
    if reply.status != OK:
        return Work(float("inf"))
    text = reply.body.decode(errors="replace")
    names = "|".join(map(re.escape, engine["in_flight_metrics"]))
    in_flight = re.findall(rf"^(?:{names})(?:{{[^}}]*}})?\s+(\S+)", text, re.MULTILINE)
    done = [float(value) for labels, value in COUNTER.findall(text) if not any(one in labels for one in OURS)]
    # An engine that does not tell, or is too busy to, counts as busy.
    return Work(sum(map(float, in_flight)) if in_flight else float("inf"), sum(done) if done else None)
