"""Files that are whole after a crash: the old content or the new, never a mixture."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, content: bytes, mode: int) -> None:
    """Give a file its content, and its folder if there is none; both are on the disk when this returns."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700)
        sync_folder(path.parent.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def append(path: Path, line: bytes, largest: int) -> None:
    """Add a line to a file, and begin a new one where it would grow beyond `largest` bytes; it is on the disk then."""
    if path.exists() and path.stat().st_size + len(line) > largest:
        path.replace(path.with_suffix(f".1{path.suffix}"))
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        is_torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        _write_all(handle, b"\n" + line if is_torn else line)
        os.fsync(handle)
    finally:
        os.close(handle)
    if not size:
        sync_folder(path.parent)


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
