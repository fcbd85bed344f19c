"""Stops the service on purpose, and starts it again."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent import engine
from ocrfleet.agent.drain import retire
from ocrfleet.agent.errors import CommandFailed, GateFailed, NotRestored, Refused
from ocrfleet.agent.holders import held_by
from ocrfleet.agent.releases import Release
from ocrfleet.agent.restore import recover
from ocrfleet.agent.room import room_of
from ocrfleet.agent.site import Site
from ocrfleet.agent.state import save_state
from ocrfleet.agent.strategy import need_of

# A stop just before gives its memory back within that time.
GIVEN_BACK_SECONDS = 5.0


def stop(site: Site) -> dict[str, Any]:
    """Let the engine finish and stop it; the guard leaves it so. Call with the cutover lock held.

    Raises NotRestored where it does not end, or was asked to stop half-way.
    """
    recover(site)
    release = _serving(site)
    save_state(site.world, site.home, site.state().but(stopped=True))
    try:
        site.proxy.hold()
        retire(site, release)
    except (CommandFailed, SystemExit) as error:
        raise NotRestored(
            f"release {release.release} was not stopped to the end: {error}",
            serving=f"nothing: requests to release {release.release} are held",
            changed=f"release {release.release} counts as stopped on purpose",
            fix="ocrfleet stop HOST to finish it, or ocrfleet start HOST",
        ) from error
    return {"stopped": release.release}


def start(site: Site) -> dict[str, Any]:
    """Start the release that was stopped and let it pass its gate. Call with the cutover lock held.

    Raises Refused where its memory is held by somebody else: then it stays stopped.
    """
    recover(site)
    release = _serving(site)
    wanted = site.releases.wanted(release.release)
    _has_room(site, release, wanted["service"])
    save_state(site.world, site.home, site.state().but(stopped=False))
    try:
        release = engine.ensure(site, release)
        site.gate.judge(site.candidate(release))
        site.proxy.apply(wanted)
        site.proxy.point(release.address)
    except (CommandFailed, GateFailed, SystemExit) as error:
        raise NotRestored(
            f"release {release.release} does not serve again: {error}",
            serving=f"nothing: release {release.release} did not pass its gate",
            changed=f"release {release.release} counts as started; the guard goes on trying",
            fix="ocrfleet logs HOST",
        ) from error
    return {"started": release.release}


def _has_room(site: Site, release: Release, service: dict[str, Any]) -> None:
    """Refuse to start an engine whose memory somebody else holds; who that is stays alive."""
    if engine.is_running(site, release):
        return
    need = need_of(service, None)
    memory = room_of(site, service, need, seconds=GIVEN_BACK_SECONDS)
    if memory.free_gib < need:
        raise Refused(
            f"release {release.release} needs {need} GiB of memory: {memory}{held_by(site.world, service)}",
            changed="nothing; the service stays stopped" if site.state().stopped else "nothing",
            fix="end what holds the memory, which nobody here does for you, then: ocrfleet start HOST",
        )


def _serving(site: Site) -> Release:
    release = site.serving()
    if release is None:
        raise Refused("nothing was ever deployed on this host", fix="pulumi up -s HOST")
    return release
