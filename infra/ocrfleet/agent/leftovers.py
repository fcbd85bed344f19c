"""Removes files of ours that nobody needs any more: revoked keys, old jobs, what builds, crashes and older agents left.

Call it with the cutover lock held. Builds do not hold that lock, and what an operator sent a moment ago waits for its
verb, so only what is older than an hour goes, and nothing of builds while one is at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ocrfleet.agent import locks
from ocrfleet.agent.disk import ON_ITS_WAY
from ocrfleet.agent.home import read_json
from ocrfleet.agent.jobs import Jobs
from ocrfleet.agent.names import BESIDE
from ocrfleet.agent.releases import PRUNED
from ocrfleet.agent.site import Site
from ocrfleet.agent.validity import Validity

HOUR, DAY, JOBS_KEPT = 3600.0, 86400.0, 20
BUILD = "build-"
PROCESSES = Path("/proc")


def sweep(site: Site) -> None:
    """Remove what is left over; what cannot be removed now is left for the next time."""
    for path in [*_secrets(site), *_jobs(site), *_builds(site), *_agents(site), *_partial(site)]:
        if age(site, path) < HOUR:
            continue
        with suppress(OSError):
            site.world.disk.remove(path)


def clear(site: Site) -> None:
    """Remove what processes of this host were writing when they died: nobody comes back for it. No lock is needed."""
    for path, process in _unfinished(site):
        if not (PROCESSES / process).exists():
            with suppress(OSError):
                site.world.disk.remove(path)


def _secrets(site: Site) -> Iterator[Path]:
    """Versions of keys that are not valid; releases count only where the host has not recorded its keys yet."""
    valid = read_json(site.home.keys)
    kept = [one.release for one in site.releases.all() if one.state != PRUNED]
    known = [found["secrets"] for number in kept if (found := site.releases.known(number))]
    said = [Validity.parse(one) for secrets in (known if valid is None else [valid]) for one in secrets.values()]
    named = {version for one in said for version in (one.version, one.beside)}
    for path in _in(site, "secrets"):
        if path.name not in named and not path.name.startswith((BUILD, BESIDE)):
            yield path


def _jobs(site: Site) -> list[Path]:
    """Jobs that have ended, but for the last ones."""
    ended = [path for path in _in(site, "jobs") if locks.is_free(path / "lock")]
    return sorted(ended, key=lambda path: age(site, path))[JOBS_KEPT:]


def _builds(site: Site) -> list[Path]:
    """Locks of builds, which tell for a day when an image was built, and what was sent for one that never began."""
    if is_building(site):
        return []
    left = [path for path in _in(site, "build") if locks.is_free(path) and age(site, path) >= DAY]
    secrets = [path for path in _in(site, "secrets") if path.name.startswith(BUILD)]
    return [*left, *secrets, *_in(site, "uploads")]


def _agents(site: Site) -> Iterator[Path]:
    """Agents, packed and unpacked, that are neither the current one nor at work."""
    current = (site.home.agents / "current").resolve()
    used = {current.stem, site.world.program().stem}
    old = [path for path in _in(site, "agent") if path.name != "current" and _stem(path) not in used]
    running = "\0".join(_command_lines()) if old else ""
    yield from (path for path in old if _stem(path) not in running)


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _partial(site: Site) -> list[Path]:
    """Files that were on their way when the process that wrote them died, here or at an operator's."""
    return [*(path for path, _ in _unfinished(site)), *(site.home.root / "secrets").rglob("*.part")]


def _unfinished(site: Site) -> Iterator[tuple[Path, str]]:
    """Files on their way, and the process that writes each. What a model has inside has names of its own choice."""
    for path in site.home.root.rglob(".*"):
        found = ON_ITS_WAY.fullmatch(path.name)
        if found and site.home.models not in path.parents[2:]:
            yield path, found["process"]


def _command_lines() -> Iterator[str]:
    for path in PROCESSES.glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_text(encoding="utf-8", errors="replace")


def is_building(site: Site) -> bool:
    """Whether a deploy to come is being made ready."""
    at_work = Jobs(site.world, site.home).at_work()
    return any(str(job.get("what", "")).startswith(("build", "fetch")) for job in at_work)


def _in(site: Site, folder: str) -> Iterable[Path]:
    place = site.home.root / folder
    return sorted(place.iterdir()) if place.is_dir() else []


def age(site: Site, path: Path) -> float:
    """For how many seconds nothing has changed; what is gone already is new."""
    try:
        newest: float = max(one.stat().st_mtime for one in (path, *(path.iterdir() if path.is_dir() else ())))
    except OSError:
        return 0.0
    return site.world.now() - newest
