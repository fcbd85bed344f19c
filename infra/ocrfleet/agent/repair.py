"""Puts right what somebody changed by hand on the host, without a new release."""

from __future__ import annotations

from ocrfleet.agent import engine
from ocrfleet.agent.docker import Container
from ocrfleet.agent.drift import drift
from ocrfleet.agent.errors import CommandFailed, GateFailed, NotRestored
from ocrfleet.agent.networks import ensure_networks
from ocrfleet.agent.releases import Release
from ocrfleet.agent.room import start
from ocrfleet.agent.site import Site


def repair(site: Site, serving: Release) -> bool:
    """Make the host what its serving release says; False when it was so already. Raises NotRestored."""
    wanted = site.releases.wanted(serving.release)
    proxy = site.proxy.name(wanted["service"]["host"])
    found = site.docker.containers(serving.container or "", proxy)
    _, lost = site.docker.named_and_lost()
    differences = drift(site, serving, found, lost)
    if not differences:
        return False
    site.say("repairing: " + "; ".join(differences))
    try:
        for reference, image in lost.items():
            site.docker.tag(image, reference)
        ensure_networks(site.world, site.docker, wanted["service"])
        _engine(site, serving, found.get(serving.container or ""))
        site.proxy.apply(wanted)
        site.proxy.point(serving.address)
    except (CommandFailed, GateFailed, SystemExit) as error:
        raise NotRestored(
            f"release {serving.release} was changed by hand and could not be repaired: {error}",
            serving=f"not known; it should be release {serving.release}",
            changed="what could be repaired; the guard goes on trying to start the rest",
            fix="ocrfleet status HOST",
        ) from error
    return True


def _engine(site: Site, serving: Release, container: Container | None) -> None:
    """Make the engine run as its release says; one that had to be started must pass the gate again."""
    if container is not None and container.running and engine.fits(serving, container):
        return
    if container is not None and not engine.fits(serving, container):
        engine.remove(site, serving)
    site.gate.judge(site.candidate(start(site, serving)))
