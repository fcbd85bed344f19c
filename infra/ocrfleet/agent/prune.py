"""Removes what no rollback needs: old releases' containers, and images nothing uses."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.releases import FAILED, PRUNED, Release
from ocrfleet.agent.site import Site


def doomed(releases: list[Release], *, keep: int, serving: int | None, pinned: int | None) -> list[Release]:
    """Choose what to remove: never the serving, the previous or the pinned release. Pure."""
    good = [one for one in releases if one.is_good]
    below = [one.release for one in good if serving is not None and one.release < serving]
    safe = {serving, pinned, *below[-1:], *(one.release for one in good[-keep:])}
    last_failed = [one.release for one in releases if one.state == FAILED][-1:]
    return [
        one
        for one in releases
        if one.state in {"good", FAILED} and one.release not in safe and one.release not in last_failed
    ]


def prune(site: Site, *, keep: int) -> dict[str, Any]:
    """Remove what `doomed` names; what Docker will not let go of now is left for the next time."""
    state, everything = site.state(), site.releases.all()
    gone = doomed(everything, keep=keep, serving=state.serving, pinned=state.pinned)
    used = {image for one in everything if one not in gone and one.state != PRUNED for image in _images(site, one)}
    removed = [one.release for one in gone if _remove(site, one, used)]
    if removed:
        site.say(f"pruned release {', '.join(map(str, removed))}")
    return {"pruned": removed}


def _remove(site: Site, release: Release, used: set[str]) -> bool:
    try:
        if release.container:
            site.docker.remove(release.container)
    except CommandFailed:
        return False
    for image in _images(site, release) - used:
        site.docker.remove_image(image)
    site.releases.save(release.but(state=PRUNED, container=None))
    return True


def _images(site: Site, release: Release) -> set[str]:
    wanted = site.releases.wanted(release.release)
    return {release.image, wanted["proxy_image"]} if wanted else {release.image}
