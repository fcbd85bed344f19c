"""One file of a model on its way: asked for from where it stopped, checked by its hash, then put in its place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from ocrfleet.agent.disk import Disk
from ocrfleet.agent.errors import Restored
from ocrfleet.agent.hub import OK, TOO_FAR, File, Hub
from ocrfleet.agent.progress import Progress
from ocrfleet.agent.pull import PIECE, Pulled
from ocrfleet.agent.tries import Tries

# A file that came as another one twice will come so again.
MOST_LOST = 2
# What engines run as another user have to read.
FOLDER, FILE = 0o755, 0o644


@dataclass(frozen=True)
class Place:
    """Where files of a model are in the end, and until they are whole; `root` is there already."""

    disk: Disk
    root: Path
    folder: Path
    partial: Path

    def make(self, folder: Path) -> None:
        """Make a folder into which everybody may look, and those above it."""
        if folder == self.root:
            return
        self.make(folder.parent)
        if not folder.is_dir():
            self.disk.make(folder)
            self.disk.sync_folder(folder.parent)
        if folder.stat().st_mode & 0o777 != FOLDER:
            # Who made it may have died before this.
            self.disk.allow(folder, FOLDER)
            self.disk.sync_folder(folder)


class Parcel:
    """One file."""

    def __init__(self, hub: Hub, file: File, place: Place, tries: Tries) -> None:
        self.file, self._hub, self._disk, self._place, self._tries = file, hub, place.disk, place, tries
        self._goal, self._part = place.folder / file.path, place.partial / file.path
        self._sha256, self._lost = "", 0

    @property
    def rest(self) -> int:
        """The bytes that are still to come."""
        return max(0, self.file.size - _size(self._part))

    def is_there(self) -> bool:
        """Whether the file is in its place, every byte as it must be."""
        return self._goal.is_file() and self._is_right(self._goal)

    def fetch(self, progress: Progress) -> None:
        """Bring the file into its place; raise Restored where it cannot be had as it must be."""
        self._place.make(self._part.parent)
        self._place.make(self._goal.parent)
        progress.has(_size(self._part))
        while not self._is_whole():
            if self._part.exists() and self.rest == 0:
                self._lose(progress)
            self._go_on(progress)
        self._disk.allow(self._part, FILE)
        self._disk.rename(self._part, self._goal)
        self._disk.sync_folder(self._goal.parent)
        progress.tell(self.file.path)

    def record(self) -> dict[str, Any]:
        """What is remembered of the file."""
        changed = self._goal.stat().st_mtime_ns
        return {"path": self.file.path, "size": self.file.size, "sha256": self._sha256, "changed": changed}

    def _go_on(self, progress: Progress) -> None:
        """Ask for what is missing, until the answer ends, however it does."""
        start = _size(self._part)
        with self._disk.extend(self._part) as file:
            sink = _Sink(self, file, start, progress)
            done = self._hub.pull(self.file, start, sink.take)
            self._disk.sync(file)
        if done.status == TOO_FAR:
            self._lose(progress)
        if self.rest or done.status == TOO_FAR:
            self._tries.wait(done)

    def write(self, file: FileIO, piece: bytes, progress: Progress) -> None:
        """Add what came."""
        self._disk.write(file, piece)
        progress.came(len(piece), self.file.path)
        self._tries.came()

    def clear(self, file: FileIO) -> None:
        """Take out what came before."""
        self._disk.clear(file)

    def _lose(self, progress: Progress) -> None:
        """Begin the file anew; not for ever."""
        progress.has(-_size(self._part))
        self._disk.remove(self._part)
        self._lost += 1
        if self._lost == MOST_LOST:
            raise Restored(
                f"{self.file.path} came {MOST_LOST} times with another content than the hub says",
                changed="nothing that serves; the other files are kept",
                fix="run this again later; if it stays so, take another model.revision or model.hub",
            )

    def _is_whole(self) -> bool:
        return _size(self._part) == self.file.size and self._part.exists() and self._is_right(self._part)

    def _is_right(self, path: Path) -> bool:
        """Read a file and compare its hash with what the hub says; hashing what is on the disk proves the disk, too."""
        sha256, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with FileIO(str(path), "r") as file:
            while piece := file.read(PIECE):
                sha256.update(piece)
                if self.file.sha256 is None:
                    blob.update(piece)
        self._sha256 = sha256.hexdigest()
        return self._sha256 == self.file.sha256 if self.file.sha256 else blob.hexdigest() == self.file.blob


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@dataclass
class _Sink:
    """Where the pieces of one answer go. A server that was asked for a part may give the whole."""

    parcel: Parcel
    file: FileIO
    start: int
    progress: Progress

    def take(self, head: Pulled, piece: bytes) -> None:
        if self.start and head.status == OK:
            self.parcel.clear(self.file)
            self.progress.has(-self.start)
            self.start = 0
        self.parcel.write(self.file, piece, self.progress)
