"""Files that are whole after a crash: the old content or the new, never a mixture."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from io import FileIO
from pathlib import Path

# A file that has its content but not yet its name, and the process that writes it; see `beside`.
ON_ITS_WAY = re.compile(r"\..+\.(?P<process>\d+)")


class Disk:
    """The single steps that change files. All else is made of these, so a campaign can break each one."""

    def write(self, file: FileIO, content: bytes) -> None:
        """Write all of it where the file stands."""
        while content:
            content = content[os.write(file.fileno(), content) :]

    def sync(self, file: FileIO) -> None:
        """Bring what was written to the disk."""
        os.fsync(file.fileno())

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, in place of the one that has it."""
        old.replace(new)

    def sync_folder(self, folder: Path) -> None:
        """Make what was made, renamed and removed in a folder survive a power cut."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def open(self, path: Path) -> int:
        """Open a file to read and write, an empty one where there is none; return its descriptor."""
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def sign(self, handle: int, content: bytes) -> None:
        """Write over the beginning of an open file."""
        os.pwrite(handle, content, 0)

    def make(self, folder: Path) -> None:
        """Make a folder that only we look into."""
        folder.mkdir(mode=0o700)

    def allow(self, path: Path, mode: int) -> None:
        """Say who may look at a file, or into a folder."""
        path.chmod(mode)

    def extend(self, path: Path) -> FileIO:
        """Open a file to add to its end; one that is missing is made."""
        return FileIO(str(path), "a")

    def clear(self, file: FileIO) -> None:
        """Take everything out of a file."""
        file.truncate(0)

    def link(self, path: Path, target: str) -> None:
        """Make a symbolic link."""
        path.symlink_to(target)

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with all that is in it; what is gone already is fine."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def replace(disk: Disk, path: Path, content: bytes, mode: int) -> None:
    """Give a file its content, and its folder if there is none; both are on the disk when this returns."""
    ensure(disk, path.parent)
    temporary = beside(path)
    try:
        with FileIO(str(temporary), "w") as file:
            os.fchmod(file.fileno(), mode)
            disk.write(file, content)
            disk.sync(file)
        disk.rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            disk.remove(temporary)
        raise
    disk.sync_folder(path.parent)


def ensure(disk: Disk, folder: Path) -> None:
    """Make a folder and those above it, unless it is there; it is on the disk when this returns."""
    if not folder.is_dir():
        ensure(disk, folder.parent)
        with suppress(FileExistsError):
            disk.make(folder)
        disk.sync_folder(folder.parent)


def beside(path: Path) -> Path:
    """The name a file has on its way; no other process uses it."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def append(disk: Disk, path: Path, line: bytes, largest: int) -> None:
    """Add a line to a file, and begin a new one where it would grow beyond `largest` bytes; it is on the disk then."""
    if path.exists() and path.stat().st_size + len(line) > largest:
        disk.rename(path, path.with_suffix(f".1{path.suffix}"))
    with FileIO(str(path), "a+", opener=_for_us_alone) as file:
        size = os.fstat(file.fileno()).st_size
        is_torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        disk.write(file, b"\n" + line if is_torn else line)
        disk.sync(file)
    if not size:
        disk.sync_folder(path.parent)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def overwrite(disk: Disk, path: Path, at: int, content: bytes) -> None:
    """Write into a file that is there; it is on the disk when this returns, and no free space is needed."""
    with FileIO(str(path), "r+") as file:
        file.seek(at)
        disk.write(file, content)
        disk.sync(file)
