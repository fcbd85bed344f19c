"""Lets an engine answer everything it was asked, and stops it."""

from __future__ import annotations

from collections.abc import Callable

from ocrfleet.agent import engine
from ocrfleet.agent.metrics import measure_work
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site

POLL, QUIET_LOOKS = 0.25, 2
STOP_SECONDS = 30.0


def retire(site: Site, release: Release) -> None:
    """Let a release's engine finish, up to the limit, and stop it. Its container is kept for a rollback."""
    wanted = site.releases.known(release.release)
    if wanted is None:
        site.say(f"release {release.release} is stopped at once: the record of what it runs is damaged")
        engine.stop(site, release, STOP_SECONDS)
        return
    service = wanted["service"]
    drain(site, release, service["cutover"]["drain_seconds"])
    engine.stop(site, release, service["engine"]["stop_seconds"])


def drain(site: Site, release: Release, limit: float, *, lasts: Callable[[], bool] = lambda: True) -> None:
    """Return when nothing is in flight, the engine is gone, or the limit has passed; at once where it lasts no more."""
    deadline, quiet = site.world.clock() + limit, 0
    while site.world.clock() < deadline:
        busy = measure_work(site, release).in_flight
        quiet = quiet + 1 if busy == 0 else 0
        # Two looks: a request may be on its way from the proxy while the first one reads zero.
        if busy is None or quiet >= QUIET_LOOKS or not lasts():
            return
        site.world.sleep(POLL)
    site.say(f"drain: requests were still in flight after {limit:.0f} s")
