"""Says what a prune would remove and how much space that gives back. Changes nothing."""

from __future__ import annotations

from math import inf
from typing import Any

from ocrfleet.agent.forgotten import forgotten, name_of, size_of
from ocrfleet.agent.images import images_of, unused
from ocrfleet.agent.prune import GIB, Retention, by_count, by_disk, space_of
from ocrfleet.agent.releases import PRUNED, Release
from ocrfleet.agent.site import Site


def prunable(site: Site, host: str, wish: Retention) -> dict[str, Any]:
    """Each release, image and model that would go, why, and at least what it gives back; then what the disk has."""
    sizes, space = site.docker.image_sizes(), space_of(site)
    going = by_count(site, wish)
    reasons = {one.release: "count" for one in going}
    floor, free = (0.0, inf) if space is None else (wish.floor(space.total), space.free)
    images = _images(site, host, sizes, floor - free - _frees(site, going, sizes))
    given_back = sum(one["frees_bytes"] for one in images)
    for one in by_disk(site):
        if free + given_back + _frees(site, going, sizes) >= floor:
            break
        if one.release not in reasons:
            going, reasons = [*going, one], {**reasons, one.release: "disk"}
    models = {name_of(folder): size_of(folder) for folder in forgotten(site, [one.release for one in going])}
    return {
        "prune": [_row(site, going[: index + 1], sizes, reasons) for index in range(len(going))],
        "images": images,
        "models": [{"model": name, "frees_bytes": held} for name, held in models.items()],
        "frees_bytes": _frees(site, going, sizes) + given_back + sum(models.values()),
        "disk_free_gib": None if space is None else round(space.free / GIB, 2),
        "floor_gib": round(floor / GIB, 2),
        "keep": wish.keep,
    }


def _images(site: Site, host: str, sizes: dict[str, int], short: float) -> list[dict[str, Any]]:
    """The images that no release runs, and of the newer ones as many as give back the bytes that are short."""
    idle = unused(site, host)
    rows = [(one, "unused", sizes.get(image, 0)) for one, image in idle.old.items()]
    for one, image in idle.new.items():
        if sum(frees for _, _, frees in rows) < short:
            rows.append((one, "disk", sizes.get(image, 0)))
    return [{"image": one, "why": why, "frees_bytes": frees} for one, why, frees in rows]


def _row(site: Site, going: list[Release], sizes: dict[str, int], reasons: dict[int, str]) -> dict[str, Any]:
    """The last of those that go: an image that several of them use is given back with the last one."""
    last = going[-1]
    frees = _frees(site, going, sizes) - _frees(site, going[:-1], sizes)
    return {"release": last.release, "state": last.state, "why": reasons[last.release], "frees_bytes": frees}


def _frees(site: Site, going: list[Release], sizes: dict[str, int]) -> int:
    """What the images alone hold that nobody else uses; layers they share with each other are not counted."""
    numbers = {one.release for one in going}
    stay = [one for one in site.releases.all() if one.state != PRUNED and one.release not in numbers]
    used = {image for one in stay for image in images_of(site, one)}
    gone = {image for one in going for image in images_of(site, one)}
    return sum(sizes.get(image, 0) for image in gone - used)
