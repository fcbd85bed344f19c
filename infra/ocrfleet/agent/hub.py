"""A hub of models: which files a commit has, and their bytes from any place on.

The two questions are the ones every client of such a hub asks: `/api/models/REPO/tree/COMMIT` for names, sizes and
hashes, `/REPO/resolve/COMMIT/PATH` for a file, which may be sent on to another server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.pull import Pulled, Take
from ocrfleet.agent.tries import Tries
from ocrfleet.agent.world import World

# How long a server may be silent, how many times it may send us on, and how large a list of files may be.
SILENCE, JUMPS, LARGEST_LIST = 60.0, 5, 20_000_000
OK, PART, GONE_ON, TOO_FAR = 200, 206, {301, 302, 303, 307, 308}, 416
NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
SHA256, SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Wish:
    """One commit of one repository, and the hub that has it."""

    hub: str
    repo: str
    revision: str

    def __str__(self) -> str:
        return f"{self.repo} at {self.revision[:12]}"


@dataclass(frozen=True)
class File:
    """One file of a commit; `blob` is what git calls its content, or where that is a pointer, the pointer's."""

    path: str
    size: int
    blob: str
    sha256: str | None

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> File:
        """Read an entry of the list; ValueError for one that names no file of its own folder."""
        lfs, path = raw.get("lfs") or {}, PurePosixPath(raw["path"])
        file = cls(str(path), int(lfs.get("size", raw["size"])), str(raw["oid"]), lfs.get("oid"))
        is_safe = file.path.isprintable() and not path.is_absolute() and ".." not in path.parts and path.parts
        is_known = SHA256.fullmatch(file.sha256) if file.sha256 else SHA1.fullmatch(file.blob)
        if not is_safe or not is_known or file.size < 0:
            raise ValueError(f"it lists {file.path[:80]!r}, which is no file of a model")
        return file


class Hub:
    """One commit on its hub. The token, if there is one, is shown to the hub alone."""

    def __init__(self, world: World, wish: Wish, token: str | None, tries: Tries) -> None:
        self._world, self._wish, self._token, self._tries = world, wish, token, tries

    def files(self) -> list[File]:
        """Every file of the commit, by its path."""
        found = {file.path: file for page in self._pages() for file in page}
        if not found:
            raise self._nonsense("it lists no file")
        return [found[path] for path in sorted(found)]

    def pull(self, file: File, start: int, take: Take) -> Pulled:
        """Take a file's bytes from a place on. Raises Refused where asking again cannot help."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        path = _quoted(file.path)
        return self._get(f"{self._wish.hub}/{self._wish.repo}/resolve/{self._wish.revision}/{path}", headers, take)

    def _pages(self) -> Iterator[list[File]]:
        url = f"{self._wish.hub}/api/models/{self._wish.repo}/tree/{self._wish.revision}?recursive=true"
        while url:
            page, headers = self._page(url)
            yield page
            following = NEXT.search(headers.get("link", ""))
            url = _joined(url, following[1]) if following else ""
            if url and _origin(url) != _origin(self._wish.hub):
                raise self._nonsense("its list goes on elsewhere")

    def _page(self, url: str) -> tuple[list[File], dict[str, str]]:
        while True:
            body = bytearray()
            done = self._get(url, {}, self._into(body))
            if done.status == OK and not done.why:
                return self._read(bytes(body)), done.headers
            self._tries.wait(done)

    def _into(self, body: bytearray) -> Take:
        def take(_: Pulled, piece: bytes) -> None:
            body.extend(piece)
            if len(body) > LARGEST_LIST:
                raise self._nonsense("its list of files has no end")

        return take

    def _read(self, body: bytes) -> list[File]:
        try:
            return [File.parse(raw) for raw in json.loads(body) if raw["type"] == "file"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._nonsense(f"its list of files cannot be read: {error}") from error

    def _get(self, url: str, headers: dict[str, str], take: Take) -> Pulled:
        """Ask, and follow to where it is sent on; what else than the wanted comes is not taken."""
        for _ in range(JUMPS):
            mine = {"Authorization": f"Bearer {self._token}"} if self._token and self._is_hub(url) else {}
            done = self._world.pull(url, headers={**headers, **mine}, seconds=SILENCE, take=_wanted_only(take))
            if done.status not in GONE_ON:
                if self._is_hub(url):
                    self._refuse(done)
                return done
            url = self._onward(url, done.headers.get("location", ""))
        raise self._nonsense(f"it sends us on more than {JUMPS} times")

    def _onward(self, url: str, location: str) -> str:
        onward = _joined(url, location)
        if not onward.startswith("https://") and not self._is_hub(onward) and self._wish.hub.startswith("https://"):
            raise self._nonsense("it sends us on to an address that is not https")
        return onward

    def _is_hub(self, url: str) -> bool:
        return _origin(url) == _origin(self._wish.hub)

    def _refuse(self, done: Pulled) -> None:
        """Raise where the answer will be the same the next time."""
        code = done.headers.get("x-error-code", "")
        if done.status == 403 or code == "GatedRepo":  # noqa: PLR2004  the codes are their own names
            why = f"{self._wish.repo} is not open to {'this token' if self._token else 'everybody'}"
            raise Refused(why, fix="accept its terms on its page on the hub, and name a token under model.token")
        if done.status == 401:  # noqa: PLR2004
            how = "does not take the token" if self._token else "shows it to nobody without a token"
            raise Refused(f"the hub has no {self._wish.repo}, or {how}", fix="correct model.repo, or model.token")
        if done.status in {400, 404, 410}:
            raise Refused(f"the hub has no {self._wish}", fix="correct model.repo and model.revision in the host file")

    def _nonsense(self, why: str) -> Refused:
        return Refused(f"the hub {self._wish.hub} answers strangely: {why}", fix="correct model.hub in the host file")


def _wanted_only(take: Take) -> Take:
    """Leave out what a server says of an error."""

    def taken(head: Pulled, piece: bytes) -> None:
        if head.status in {OK, PART}:
            take(head, piece)

    return taken


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def _joined(url: str, location: str) -> str:
    from urllib.parse import urljoin

    return urljoin(url, location)


def _origin(url: str) -> tuple[str, str]:
    from urllib.parse import urlsplit

    where = urlsplit(url)
    return where.scheme, where.netloc
