"""Images: which a release runs, and which of those that were built here no release runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.leftovers import DAY, age, is_building
from ocrfleet.agent.names import is_tag_of
from ocrfleet.agent.releases import PRUNED, Release
from ocrfleet.agent.site import Site


@dataclass(frozen=True)
class Unused:
    """Images that no release runs, each reference with its id, the oldest first."""

    old: Mapping[str, str]
    # What a deploy to come may need; it goes besides when the disk is nearly full.
    new: Mapping[str, str]


NONE = Unused({}, {})


def images_of(site: Site, release: Release) -> set[str]:
    """The images a release runs, as far as its record tells."""
    wanted = site.releases.known(release.release)
    return {release.image, wanted["proxy_image"]} if wanted else {release.image}


def unused(site: Site, host: str) -> Unused:
    """The images of this host that no release runs; none where that cannot be told, or while somebody is at it."""
    kept = [one for one in site.releases.all() if one.state != PRUNED]
    if is_building(site) or any(site.releases.known(one.release) is None for one in kept):
        return NONE
    try:
        images = site.docker.images()
    except CommandFailed:
        return NONE
    idle = not_run(images, host, {image for one in kept for image in images_of(site, one)})
    return by_age(idle, {reference: _age(site, reference) for reference in idle})


def not_run(images: Mapping[str, str], host: str, run: set[str]) -> dict[str, str]:
    """Those that were built for this host, are not run, and have no name that somebody else gave them. Pure."""
    theirs = {image for reference, image in images.items() if not is_tag_of(host, reference)}
    return {reference: image for reference, image in images.items() if image not in run | theirs}


def by_age(idle: Mapping[str, str], ages: Mapping[str, float]) -> Unused:
    """Tell the old from the new; the last one of each name stays for a day, however full the disk. Pure."""
    ordered = sorted(idle, key=lambda reference: -ages[reference])
    last = {_name(reference): reference for reference in ordered}
    old = [one for one in ordered if ages[one] >= DAY]
    new = [one for one in ordered if ages[one] < DAY and one != last[_name(one)]]
    return Unused({one: idle[one] for one in old}, {one: idle[one] for one in new})


def _name(reference: str) -> str:
    return reference.rpartition(":")[0]


def _age(site: Site, reference: str) -> float:
    """For how many seconds nobody has asked for its build: Docker's date of an image is that of its cached steps."""
    lock = site.home.build_lock(reference.rpartition(":")[2])
    return age(site, lock) if lock.exists() else inf
