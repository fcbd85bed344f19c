"""A hub of models with one commit of one repository: how it answers, well or badly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

HUB, REPO, COMMIT = "https://hub.test", "acme/reader", "c" * 40
ELSEWHERE = "https://bytes.test"
WEIGHTS = "model.safetensors"
FILES = {WEIGHTS: bytes(range(256)) * 40, "config.json": b'{"architectures": ["Reader"]}', "deep/vocab ü.txt": b"a\n"}
LARGE, PIECE, PAGE = 1000, 1000, 2
MODEL = {"hub": HUB, "repo": REPO, "revision": COMMIT}


@dataclass(frozen=True)
class Answer:
    """A whole answer, and how much of it comes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None

    @property
    def sent(self) -> bytes:
        """What comes of the body."""
        return self.body if self.cut is None else self.body[: self.cut]

    @property
    def why(self) -> str:
        """Why it ends early, nothing where it does not."""
        return "" if self.cut is None else f"the answer ended {len(self.body) - len(self.sent)} bytes early"

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self.sent), PIECE):
            yield self.sent[start : start + PIECE]


@dataclass
class FakeHub:
    """Large files are sent on to another server, as hubs do; lists come in pages of two.

    `cuts` says of a path after how many bytes its next answers end, `wrong` what is answered for it instead, once each.
    `asked` is every path that was asked for, with the range and the token.
    """

    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    cuts: dict[str, list[int]] = field(default_factory=dict)
    wrong: dict[str, list[Answer]] = field(default_factory=dict)
    listed: list[dict[str, Any]] | None = None
    ranges: bool = True
    token: str | None = None
    base: str = HUB
    elsewhere: str = ELSEWHERE
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def answer(self, url: str, headers: dict[str, str]) -> Answer:
        """Answer one request."""
        where, shown = urlsplit(url), headers.get("Authorization")
        path, begin = unquote(where.path), headers.get("Range")
        self.asked.append((path, begin, shown))
        if self.wrong.get(path):
            return self.wrong[path].pop(0)
        if path.startswith("/bytes/"):
            assert shown is None, "the token was shown to a stranger"
            return self._file(path.removeprefix("/bytes/"), path, begin)
        if self.token and shown != f"Bearer {self.token}":
            return Answer(401, {"x-error-code": "RepoNotFound"}, b"Invalid username or password.")
        return self._page(where.query) if path == LIST else self._resolve(path, begin)

    def _resolve(self, path: str, begin: str | None) -> Answer:
        name = path.removeprefix(f"/{REPO}/resolve/{COMMIT}/")
        if name not in self.files:
            return Answer(404, {"x-error-code": "EntryNotFound"}, b"Entry not found")
        if len(self.files[name]) >= LARGE:
            return Answer(302, {"location": f"{self.elsewhere}/bytes/{name}?sig=1"}, b"Found. Redirecting")
        return self._file(name, path, begin)

    def _file(self, name: str, path: str, begin: str | None) -> Answer:
        content, start = self.files[name], 0
        if begin and self.ranges:
            start = int(begin.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return Answer(416)
        cut = self.cuts[path].pop(0) if self.cuts.get(path) else None
        return Answer(206 if start else 200, {}, content[start:], cut)

    def _page(self, query: str) -> Answer:
        listed = self.listed if self.listed is not None else entries(self.files)
        start = int(query.partition("cursor=")[2] or 0)
        more = f'<{self.base}{LIST}?recursive=true&cursor={start + PAGE}>; rel="next"'
        headers = {"link": more} if start + PAGE < len(listed) else {}
        return Answer(200, headers, json.dumps(listed[start : start + PAGE]).encode())


LIST = f"/api/models/{REPO}/tree/{COMMIT}"


def entries(files: dict[str, bytes]) -> list[dict[str, Any]]:
    """The list of files as a hub gives it: of large ones, what their pointer points at."""
    return [{"type": "directory", "oid": "d" * 40, "path": "deep", "size": 0}, *map(_entry, files, files.values())]


def _entry(path: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    small = {"type": "file", "path": path, "size": len(content), "oid": blob}
    if len(content) < LARGE:
        return small
    lfs = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 135}
    return {**small, "oid": "e" * 40, "lfs": lfs}
