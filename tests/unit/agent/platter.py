"""The disk under the agent's files: every step is numbered, and a power cut undoes what is not synced."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Protocol

from ocrfleet.agent.disk import Disk

Content = bytes | str | None  # of a file, what a link names, or none of both


@dataclass
class Unsynced:
    """What a power cut undoes: contents of files by path, and names by the folder they are in, oldest first."""

    contents: dict[Path, bytes] = field(default_factory=dict)
    names: list[tuple[Path, Path, Content]] = field(default_factory=list)

    def changes(self, path: Path) -> None:
        """Remember a name before it is changed; of a folder, everything in it."""
        inside = [one for one in path.rglob("*") if one.is_file()] if _is_folder(path) else [path]
        self.names += [(path.parent, one, _content(one)) for one in inside]

    def lose(self) -> None:
        """Pull the plug."""
        for path, before in self.contents.items():
            if path.is_file():
                path.write_bytes(before)
        for _, path, content in reversed(self.names):
            _put_back(path, content)
        self.contents.clear()
        self.names.clear()


class Numbered(Protocol):
    """Does one step and returns, unless it is the one to break; `half` is what a crash in the middle leaves."""

    def __call__(self, what: str, effect: Callable[[], None], half: Callable[[], None] | None = None, /) -> None: ...


class Platter(Disk):
    """A disk whose steps are numbered."""

    def __init__(self, numbered: Numbered, unsynced: Unsynced) -> None:
        self._numbered, self._unsynced = numbered, unsynced

    def write(self, file: FileIO, content: bytes) -> None:
        def part(end: int) -> Callable[[], None]:
            return lambda: self._write(file, content[:end])

        self._numbered(f"write {_name(file)}", part(len(content)), part(len(content) // 2))

    def sync(self, file: FileIO) -> None:
        self._numbered(f"sync {_name(file)}", lambda: self._forget_content(Path(str(file.name))))

    def rename(self, old: Path, new: Path) -> None:
        self._numbered(f"rename {new.name}", lambda: self._rename(old, new))

    def sync_folder(self, folder: Path) -> None:
        self._numbered(f"sync folder {folder.name}", lambda: self._forget_names(folder))

    def open(self, path: Path) -> int:
        handles: list[int] = []
        try:
            self._numbered(f"open {path.name}", lambda: handles.append(Disk.open(self, path)))
        except BaseException:
            for handle in handles:
                os.close(handle)
            raise
        return handles[0]

    def sign(self, handle: int, content: bytes) -> None:
        def part(end: int) -> Callable[[], None]:
            return lambda: Disk.sign(self, handle, content[:end])

        self._numbered("sign a lock", part(len(content)), part(len(content) // 2))

    def make(self, folder: Path) -> None:
        self._change(f"make {folder.name}", folder, lambda: Disk.make(self, folder))

    def allow(self, path: Path, mode: int) -> None:
        self._numbered(f"allow {path.name}", lambda: Disk.allow(self, path, mode))

    def extend(self, path: Path) -> FileIO:
        self._numbered(f"open {path.name}", lambda: self._extend(path))
        return Disk.extend(self, path)

    def clear(self, file: FileIO) -> None:
        self._numbered(f"clear {_name(file)}", lambda: self._clear(file))

    def link(self, path: Path, target: str) -> None:
        self._change(f"link {target}", path, lambda: Disk.link(self, path, target))

    def remove(self, path: Path) -> None:
        self._change(f"remove {path.name}", path, lambda: Disk.remove(self, path))

    def _change(self, what: str, path: Path, change: Callable[[], None]) -> None:
        def effect() -> None:
            self._unsynced.changes(path)
            change()

        self._numbered(what, effect)

    def _write(self, file: FileIO, content: bytes) -> None:
        path = Path(str(file.name))
        self._unsynced.contents.setdefault(path, path.read_bytes())
        Disk.write(self, file, content)

    def _extend(self, path: Path) -> None:
        if not path.exists():
            self._unsynced.changes(path)
        Disk.extend(self, path).close()

    def _clear(self, file: FileIO) -> None:
        path = Path(str(file.name))
        self._unsynced.contents.setdefault(path, path.read_bytes())
        Disk.clear(self, file)

    def _rename(self, old: Path, new: Path) -> None:
        self._unsynced.changes(new)
        self._unsynced.changes(old)
        Disk.rename(self, old, new)
        if old in self._unsynced.contents:
            self._unsynced.contents[new] = self._unsynced.contents.pop(old)

    def _forget_content(self, path: Path) -> None:
        self._unsynced.contents.pop(path, None)

    def _forget_names(self, folder: Path) -> None:
        """What is in a folder stays as it is; where a folder below it is gone, all that was in that one is, too."""

        def is_settled(place: Path) -> bool:
            return place == folder or (folder in place.parents and not place.exists())

        self._unsynced.names = [one for one in self._unsynced.names if not is_settled(one[0])]


def _name(file: FileIO) -> str:
    """A file's name; one on its way has the number of this process in it."""
    return Path(str(file.name)).name


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _content(path: Path) -> Content:
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes() if path.is_file() else None


def _put_back(path: Path, content: Content) -> None:
    if _is_folder(path):
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.symlink_to(content)
    elif content is not None:
        path.write_bytes(content)
