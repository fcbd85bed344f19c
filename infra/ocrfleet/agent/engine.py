"""The containers that engines run in: one per release, under the release's own name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ocrfleet.agent.diagnosis import DISK_FULL
from ocrfleet.agent.docker import Container
from ocrfleet.agent.errors import CommandFailed, Refused
from ocrfleet.agent.listing import RELEASE, Listed
from ocrfleet.agent.logs import keep_end
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site
from ocrfleet.agent.words import fill

Made = TypeVar("Made")


def name(host: str, number: int) -> str:
    """The container's name."""
    return f"ocrfleet-{host}-{number}"


def fits(release: Release, container: Container) -> bool:
    """Whether a container is the one a release says: its image, and where it runs its address."""
    at_home = not container.running or release.address in container.networks.values()
    return container.image == release.image and at_home


def is_running(site: Site, release: Release) -> bool:
    """Whether a release's container runs now."""
    found = site.docker.container(release.container)
    return found is not None and found.running


def ensure(site: Site, release: Release) -> Release:
    """Make a release's container run, a new one where it is missing; return the release that knows it."""
    found = site.docker.container(release.container)
    made = _create(site, release) if found is None else release
    if found is None or not found.running:
        paused = found is not None and found.paused
        _with_room(site, made, lambda: site.docker.start(made.container or "", paused=paused))
    return made


def provide(site: Site, release: Release) -> Release:
    """Make a release's container where it is missing, not started; return the release that knows it."""
    return _create(site, release) if site.docker.container(release.container) is None else release


def stop(site: Site, release: Release, seconds: float) -> None:
    """Stop a release's container where it runs; it is kept."""
    found = site.docker.container(release.container)
    if found is not None and found.is_up:
        site.docker.stop(found.id, seconds)


def remove(site: Site, release: Release) -> None:
    """Remove a release's container, whether its record knows it or not."""
    host = _host(site, release)
    for known in (release.container, name(host, release.release)):
        site.docker.remove(known, host=host)


def stop_strays(site: Site, ours: list[Listed], spare: Release | None, seconds: float) -> None:
    """Stop every engine of ours but one: whatever happened before, there are never more than a swap needs."""
    for stray in (one.id for one in ours if one.release):
        if spare is not None and stray == spare.container:
            continue
        site.say(f"stopping the container {stray[:12]}, which should not run")
        try:
            site.docker.stop(stray, seconds)
        except CommandFailed as error:
            raise Refused(
                f"the container {stray[:12]} should not run and does not let itself be stopped: {error}",
                fix=f"on the host: docker rm --force {stray[:12]}, or restart the Docker engine",
            ) from error


def _with_room(site: Site, release: Release, work: Callable[[], Made]) -> Made:
    """Have Docker do something for a release; on a full disk give up what nothing needs, and do it again."""
    try:
        return work()
    except CommandFailed as error:
        if not DISK_FULL.shows_in(str(error)):
            raise
    site.say("Docker has no room left: removing the containers of releases that failed")
    with suppress(OSError):
        site.world.disk.remove(site.home.reserve)
    for one in site.releases.all():
        if not one.is_good and one.container and one.release != release.release:
            keep_end(site, one.release)
            with suppress(CommandFailed, Refused):
                remove(site, one)
    return work()


def _create(site: Site, release: Release) -> Release:
    """Create a release's container, not started."""
    wanted, host = site.releases.wanted(release.release), _host(site, release)
    remove(site, release)
    placement = [
        f"--name={name(host, release.release)}",
        f"--ip={release.address}",
        f"--label={RELEASE}={release.release}",
    ]
    words = fill(wanted["service"]["run"], placement=placement, image=wanted["image"])
    container = _with_room(site, release, lambda: site.docker.create(words))
    made = release.but(container=container)
    site.releases.save(made)
    return made


def _host(site: Site, release: Release) -> str:
    return host(site) or str(site.releases.wanted(release.release)["service"]["host"])


def host(site: Site) -> str | None:
    """The host's name, by the newest release that still knows it; None where there is none."""
    known = (site.releases.known(one.release) for one in reversed(site.releases.all()))
    return next((str(one["service"]["host"]) for one in known if one), None)
