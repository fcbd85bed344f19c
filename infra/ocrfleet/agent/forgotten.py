"""Models that no release runs any more: which they are, what they hold, and their removal."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from ocrfleet.agent.jobs import Jobs
from ocrfleet.agent.leftovers import DAY, age
from ocrfleet.agent.models import folder_of, folders, partial_of, record_of
from ocrfleet.agent.releases import PRUNED
from ocrfleet.agent.site import Site


def forgotten(site: Site, going: Collection[int] = ()) -> list[Path]:
    """The models that no release runs once some have gone, and that were not fetched today for one to come."""
    kept = [one.release for one in site.releases.all() if one.state != PRUNED and one.release not in going]
    services = [None if found is None else found["service"] for found in map(site.releases.known, kept)]
    if None in services or _is_fetching(site):
        # What that one runs is not known, or somebody is at it.
        return []
    named = [one["model"] for one in services if one and one.get("model")]
    used = {folder_of(site.home, one["repo"], one["revision"]) for one in named}
    unused = sorted(folders(site.home) - used)
    return [folder for folder in unused if min(age(site, path) for path in _parts(folder)) >= DAY]


def name_of(folder: Path) -> str:
    """What a model is called, as its folder below those of all models."""
    return f"{folder.parent.name}/{folder.name}"


def size_of(folder: Path) -> int:
    """The bytes that a model holds, whole or not."""
    found = 0
    for part in _parts(folder):
        for path in (part, *part.rglob("*")):
            with suppress(OSError):
                found += path.stat().st_size if path.is_file() else 0
    return found


def remove(site: Site, folder: Path) -> bool:
    """Remove a model; its record first, so that what is left of it is never taken for whole."""
    try:
        for path in _parts(folder):
            site.world.disk.remove(path)
            site.world.disk.sync_folder(folder.parent)
    except OSError:
        return False
    return True


def _parts(folder: Path) -> tuple[Path, ...]:
    return tuple(path for path in (record_of(folder), partial_of(folder), folder) if path.exists())


def _is_fetching(site: Site) -> bool:
    return any(str(job.get("what", "")).startswith("fetch") for job in Jobs(site.world, site.home).at_work())
