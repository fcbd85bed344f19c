"""Removes what no rollback needs: old releases' containers, and images nothing uses."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent import engine
from ocrfleet.agent.errors import CommandFailed, Refused
from ocrfleet.agent.releases import PRUNED, Release
from ocrfleet.agent.site import Site


def doomed(releases: list[Release], *, keep: int, serving: int | None, pinned: int | None) -> list[Release]:
    """Choose what to remove: never the serving, the previous or the pinned release, nor the last failed one. Pure."""
    good = [one.release for one in releases if one.is_good]
    failed = [one.release for one in releases if not one.is_good and one.state != PRUNED]
    below = [number for number in good if serving is not None and number < serving]
    safe = {serving, pinned, *below[-1:], *good[-keep:], *failed[-1:]}
    return [one for one in releases if one.state != PRUNED and one.release not in safe]


def prune(site: Site, *, keep: int) -> dict[str, Any]:
    """Remove what `doomed` names; what Docker will not let go of now is left for the next time."""
    state, everything = site.state(), site.releases.all()
    chosen = doomed(everything, keep=keep, serving=state.serving, pinned=state.pinned)
    # A swap that has not ended needs both its releases.
    swap = site.journal.unfinished()
    gone = [one for one in chosen if swap is None or one.release not in {swap.to, swap.previous}]
    used = {image for one in everything if one not in gone and one.state != PRUNED for image in _images(site, one)}
    removed = [one.release for one in gone if _remove(site, one, used)]
    if removed:
        site.say(f"pruned release {', '.join(map(str, removed))}")
    return {"pruned": removed}


def tidy(site: Site, *, keep: int) -> None:
    """Prune after something that matters more, whose outcome this must not change."""
    try:
        prune(site, keep=keep)
    except (CommandFailed, OSError) as error:
        site.say(f"old releases were not pruned: {error}")


def _remove(site: Site, release: Release, used: set[str]) -> bool:
    try:
        engine.remove(site, release)
    except (CommandFailed, Refused):
        return False
    if not all(site.docker.remove_image(image) for image in _images(site, release) - used):
        return False
    site.releases.save(release.but(state=PRUNED, container=None))
    return True


def _images(site: Site, release: Release) -> set[str]:
    return {release.image, site.releases.wanted(release.release)["proxy_image"]}
