"""Removes what no rollback needs: old releases' containers, and images and models that no release runs.

By count, and where the disk is nearly full, beyond it; what serves, what it would go back to, what is pinned and the
last good release are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ocrfleet.agent import engine
from ocrfleet.agent.errors import CommandFailed, HostError, Refused
from ocrfleet.agent.forgotten import forgotten, name_of
from ocrfleet.agent.forgotten import remove as remove_model
from ocrfleet.agent.images import images_of, unused
from ocrfleet.agent.leftovers import sweep
from ocrfleet.agent.releases import PRUNED, Release
from ocrfleet.agent.site import Site
from ocrfleet.agent.world import Space

One = TypeVar("One")
GIB = 1024**3
# What a disk keeps free unless somebody says otherwise; a tenth of a small one.
FLOOR_GIB, FLOOR_PART = 5.0, 0.1


@dataclass(frozen=True)
class Retention:
    """How many good releases stay, and how many GiB of the disk are kept free."""

    keep: int
    floor_gib: float | None = None

    def floor(self, total: int) -> float:
        """The bytes that a disk of this size keeps free."""
        return min(FLOOR_GIB * GIB, total * FLOOR_PART) if self.floor_gib is None else self.floor_gib * GIB


def doomed(releases: list[Release], *, keep: int, serving: int | None, pinned: int | None) -> list[Release]:
    """Choose what to remove: never the serving, the previous or the pinned release, nor the last failed one. Pure."""
    good = [one.release for one in releases if one.is_good]
    failed = [one.release for one in releases if not one.is_good and one.state != PRUNED]
    safe = {*_untouchable(releases, serving, pinned), *good[-keep:], *failed[-1:]}
    return [one for one in releases if one.state != PRUNED and one.release not in safe]


def spare(releases: list[Release], *, serving: int | None, pinned: int | None) -> list[Release]:
    """What may go besides when the disk is nearly full, the oldest first. Pure."""
    safe = _untouchable(releases, serving, pinned)
    return [one for one in releases if one.state != PRUNED and one.release not in safe]


def prune(site: Site, host: str, wish: Retention) -> dict[str, Any]:
    """Remove what the wish does not keep; what Docker will not let go of now is left for the next time."""
    removed = [one.release for one in by_count(site, wish) if _remove(site, one)]
    idle = unused(site, host)
    images = [one for one, image in idle.old.items() if site.docker.remove_image(image)]
    images += [one for one, image in _while_full(site, wish, idle.new.items()) if site.docker.remove_image(image)]
    removed += [one.release for one in _while_full(site, wish, by_disk(site)) if _remove(site, one)]
    sweep(site)
    models = [name_of(folder) for folder in forgotten(site) if remove_model(site, folder)]
    space = space_of(site)
    named = [f"release {number}" for number in removed]
    named += [*(f"image {reference}" for reference in images), *(f"model {name}" for name in models)]
    if named:
        site.say(f"pruned {', '.join(named)}")
    return {
        "pruned": removed,
        "images": images,
        "models": models,
        "disk_free_gib": None if space is None else round(space.free / GIB, 2),
    }


def tidy(site: Site, host: str, wish: Retention) -> None:
    """Prune after something that matters more, whose outcome this must not change."""
    try:
        prune(site, host, wish)
    except (CommandFailed, HostError, OSError) as error:
        site.say(f"old releases were not pruned: {error}")


def space_of(site: Site) -> Space | None:
    """How full the disk is that Docker keeps images on; None where that cannot be told."""
    try:
        daemon = site.docker.daemon()
        return None if daemon.problem else site.world.space(Path(daemon.root or site.home.root))
    except (CommandFailed, OSError):
        return None


def by_count(site: Site, wish: Retention) -> list[Release]:
    """What goes because there are newer ones."""
    state = site.state()
    return _idle(site, doomed(site.releases.all(), keep=wish.keep, serving=state.serving, pinned=state.pinned))


def by_disk(site: Site) -> list[Release]:
    """What goes, one after the other, while the disk is nearly full."""
    state = site.state()
    return _idle(site, spare(site.releases.all(), serving=state.serving, pinned=state.pinned))


def _while_full(site: Site, wish: Retention, rest: Iterable[One]) -> Iterator[One]:
    """Of what may go besides, one after the other as long as the disk is nearly full."""
    for one in rest:
        space = space_of(site)
        if space is None or space.free >= wish.floor(space.total):
            return
        site.say(f"only {space.free / GIB:.1f} GiB of the disk are free")
        yield one


def _untouchable(releases: list[Release], serving: int | None, pinned: int | None) -> set[int | None]:
    good = [one.release for one in releases if one.is_good]
    below = [number for number in good if serving is not None and number < serving]
    return {serving, pinned, *below[-1:], *good[-1:]}


def _idle(site: Site, releases: list[Release]) -> list[Release]:
    """Without those that a swap which has not ended still needs."""
    swap = site.journal.unfinished()
    return [one for one in releases if swap is None or one.release not in {swap.to, swap.previous}]


def _remove(site: Site, release: Release) -> bool:
    try:
        engine.remove(site, release)
    except (CommandFailed, Refused):
        return False
    others = [one for one in site.releases.all() if one.state != PRUNED and one.release != release.release]
    used = {image for one in others for image in images_of(site, one)}
    if any(site.releases.known(one.release) is None for one in others):
        # What that one runs is not known, so no proxy's image may go.
        used |= images_of(site, release) - {release.image}
    if not all(site.docker.remove_image(image) for image in images_of(site, release) - used):
        return False
    site.releases.save(release.but(state=PRUNED, container=None))
    return True
