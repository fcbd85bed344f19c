"""Stops the service on purpose, and starts it again."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.drain import drain
from ocrfleet.agent.errors import GateFailed, NotRestored, Refused
from ocrfleet.agent.releases import Release
from ocrfleet.agent.restore import recover
from ocrfleet.agent.site import Site
from ocrfleet.agent.state import save_state


def stop(site: Site) -> dict[str, Any]:
    """Let the engine finish and stop it; the guard leaves it so. Call with the cutover lock held."""
    recover(site)
    release = _serving(site)
    save_state(site.world, site.home, site.state().but(stopped=True))
    service = site.releases.wanted(release.release)["service"]
    site.proxy.hold()
    if release.container and site.docker.container(release.container):
        drain(site.world, release.address, service, site.say)
        site.docker.stop(release.container, service["engine"]["stop_seconds"])
    return {"stopped": release.release}


def start(site: Site) -> dict[str, Any]:
    """Start the release that was stopped and wait until it is healthy. Call with the cutover lock held."""
    recover(site)
    release = _serving(site)
    if site.docker.container(release.container or "") is None:
        raise Refused(f"release {release.release}'s container was removed", fix="pulumi up -s HOST")
    save_state(site.world, site.home, site.state().but(stopped=False))
    site.docker.start(release.container or "")
    try:
        site.gate.until_healthy(site.candidate(release))
    except GateFailed as error:
        raise NotRestored(
            f"release {release.release} was started but is not healthy: {error}",
            changed=f"release {release.release} was started; the guard goes on trying",
            fix="ocrfleet logs HOST",
        ) from error
    site.proxy.apply(site.releases.wanted(release.release))
    site.proxy.point(release.address)
    return {"started": release.release}


def _serving(site: Site) -> Release:
    release = site.serving()
    if release is None:
        raise Refused("nothing was ever deployed on this host", fix="pulumi up -s HOST")
    return release
