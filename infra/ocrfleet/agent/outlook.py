"""Looks ahead to a deploy: what it would be refused for, room on the disk, what is kept. Changes nothing."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.errors import CommandFailed, Refused
from ocrfleet.agent.preflight import check
from ocrfleet.agent.prune import GIB, Retention, doomed, space_of
from ocrfleet.agent.releases import GOOD, PRUNED, Release
from ocrfleet.agent.site import Site


def outlook(site: Site, service: dict[str, Any], owner: dict[str, str], image: str | None) -> dict[str, Any]:
    """Look ahead to a deploy of a service; `image` is its engine's, None where that is still to be built."""
    return {
        "refused": _refusal(site, service, owner),
        "peak_gib": None if image is None else site.releases.peak(image),
        "disk": _disk(site, service),
        **_retention(site, service["keep"]),
    }


def _refusal(site: Site, service: dict[str, Any], owner: dict[str, str]) -> dict[str, str] | None:
    try:
        check(site, service, owner)
    except Refused as error:
        return {"failed": error.failed, "next": error.fix.replace("HOST", service["host"])}
    return None


def _disk(site: Site, service: dict[str, Any]) -> dict[str, float | None]:
    """What is free, what stays so, and how large the image is that serves: the next one will be much like it."""
    space, serving = space_of(site), site.serving()
    try:
        size = None if serving is None else site.docker.image_size(serving.image)
    except CommandFailed:
        size = None
    return {
        "free_gib": None if space is None else round(space.free / GIB, 2),
        "floor_gib": None if space is None else round(Retention(service["keep"]).floor(space.total) / GIB, 2),
        "image_gib": None if size is None else round(size / GIB, 2),
    }


def _retention(site: Site, keep: int) -> dict[str, list[int]]:
    """The good releases that stay for a rollback once a new one serves, and what goes because there are newer ones."""
    number, everything = site.releases.next_number(), site.releases.all()
    new = Release(number, GOOD, site.world.now(), digest="", image="", address="")
    going = [one.release for one in doomed([*everything, new], keep=keep, serving=number, pinned=None)]
    kept = [one.release for one in everything if one.is_good and one.release not in going and one.state != PRUNED]
    return {"kept": kept, "going": going}
