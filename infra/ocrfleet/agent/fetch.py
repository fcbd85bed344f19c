"""Fetches a model: every file of a commit, each checked by its hash, into a folder that engines mount.

What was fetched stays, whatever ends this: the same again goes on at the byte where it stopped.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Refused, Restored
from ocrfleet.agent.home import read_bytes, to_json
from ocrfleet.agent.hub import Hub, Wish
from ocrfleet.agent.models import flaw, folder_of, partial_of, record_of
from ocrfleet.agent.names import HUB_TOKEN
from ocrfleet.agent.parcel import Parcel, Place
from ocrfleet.agent.progress import Progress, size
from ocrfleet.agent.prune import Retention
from ocrfleet.agent.site import Site
from ocrfleet.agent.tries import Tries

WAIT_SECONDS = 6 * 3600.0
ROOM = "ocrfleet prune HOST --plan tells what can go; or make room on the host (df -h tells where)"


@dataclass(frozen=True)
class Fetch:
    """What to fetch, and the version of the token that was sent for it, if one was."""

    wish: Wish
    token: str | None

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Fetch:
        return cls(Wish(payload["hub"], payload["repo"], payload["revision"]), payload.get("token"))

    @property
    def lock(self) -> str:
        """Names the commit, wherever it comes from."""
        return hashlib.sha256(f"{self.wish.repo}@{self.wish.revision}".encode()).hexdigest()[:20]


def fetch(site: Site, asked: Fetch, *, who: str) -> dict[str, Any]:
    """Make a model whole on this host, and say how many bytes that took. Raises Refused or Restored."""
    wish, token = asked.wish, _token(site, asked)
    try:
        lock = site.home.build_lock(asked.lock)
        holder = {"what": f"fetch {wish.repo}", "who": who}
        with locks.hold(site.world, lock, holder, wait=WAIT_SECONDS, say=site.say):
            is_whole = flaw(site.home, wish.repo, wish.revision) is None
            fetched = 0 if is_whole else _fetch(site, wish, token)
            _clear(site, partial_of(folder_of(site.home, wish.repo, wish.revision)))
            return {"fetched": fetched}
    except SystemExit as stop:
        raise _ended(wish, f"was {stop}", "run this again: it goes on where it stopped") from stop
    except OSError as error:
        raise _ended(wish, f"failed: {error}", "look at the host's disk (df -h), then run this again") from error


def _ended(wish: Wish, how: str, fix: str) -> Restored:
    return Restored(f"the fetch of {wish} {how}", changed="nothing that serves; what was fetched is kept", fix=fix)


def _token(site: Site, asked: Fetch) -> str | None:
    """Read the token and remove its file, so that it is on the disk for moments only."""
    if asked.token is None:
        return None
    path = site.home.secret(asked.token, HUB_TOKEN)
    text = read_bytes(path)
    with suppress(OSError):
        site.world.disk.remove(path.parent)
        site.world.disk.sync_folder(path.parent.parent)
    if text is None:
        raise Refused("the hub's token did not arrive", fix="run this again: it will be sent")
    return text.decode().strip()


def _fetch(site: Site, wish: Wish, token: str | None) -> int:
    folder, tries = folder_of(site.home, wish.repo, wish.revision), Tries(site.world, site.say)
    hub = Hub(site.world, wish, token, tries)
    files, place = hub.files(), Place(site.world.disk, site.home.models, folder, partial_of(folder))
    site.say(f"fetching {wish} from {wish.hub}: {len(files)} files, {size(sum(file.size for file in files))}")
    parcels = [Parcel(hub, file, place, tries) for file in files]
    missing = [parcel for parcel in parcels if not parcel.is_there()]
    rest = sum(parcel.rest for parcel in missing)
    _room(site, rest)
    progress = Progress(sum(parcel.file.size for parcel in missing), site.world.clock, site.say)
    for parcel in missing:
        parcel.fetch(progress)
    _record(site, wish, folder, parcels)
    site.say(f"{wish} is whole")
    return rest


def _clear(site: Site, partial: Path) -> None:
    """Remove what files of a model came through, for good: a power cut brings some of it back."""
    if partial.exists():
        site.world.disk.remove(partial)
        site.world.disk.sync_folder(partial.parent)


def _room(site: Site, rest: int) -> None:
    """Refuse what the disk cannot take, before it is full."""
    space = site.world.space(site.home.root)
    floor = Retention(1).floor(space.total)
    if rest and space.free - rest < floor:
        short = rest + floor - space.free
        raise Refused(
            f"the model takes {size(rest)} more, {size(space.free)} of the disk are free and {size(floor)} of them "
            f"stay so: {size(short)} short",
            fix=ROOM,
        )


def _record(site: Site, wish: Wish, folder: Path, parcels: list[Parcel]) -> None:
    """Write down what is there; with this the model is whole."""
    files = [parcel.record() for parcel in parcels]
    about = {**asdict(wish), "fetched": site.world.now(), "files": files}
    site.world.save(record_of(folder), to_json(about))
