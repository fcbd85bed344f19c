"""The write-ahead journal of the swap in progress.

A fixed file of fixed slots, made in full when the host is set up: on a full disk there is still room to write how a
swap ended. One record per step, each with a checksum; a torn record is one that was never written. A new swap starts
at the first slot again, which is safe because the swap before it has ended.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from ocrfleet.agent.machine import sync_folder

SLOT, SLOTS = 1024, 16
ENDED = ("committed", "restored")


@dataclass(frozen=True)
class Entry:
    """One step of a swap: from which release to which, how, and during which boot."""

    swap: str
    step: str
    to: int
    previous: int | None
    strategy: str
    boot: str
    version: int = 1


class Journal:
    """Reads and writes the journal of one host."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def prepare(self) -> None:
        """Make the file at its full size, once."""
        if not self._path.exists():
            self._path.write_bytes(b"\0" * SLOT * SLOTS)
            with self._path.open("rb") as file:
                os.fsync(file.fileno())
            sync_folder(self._path.parent)

    def entries(self) -> list[Entry]:
        """Every record of the last swap, oldest first."""
        found: list[Entry] = []
        content = self._path.read_bytes() if self._path.exists() else b""
        for start in range(0, len(content), SLOT):
            entry = _parse(content[start : start + SLOT])
            if entry is None or (found and entry.swap != found[0].swap):
                break
            found.append(entry)
        return found

    def unfinished(self) -> Entry | None:
        """The last step of a swap that has not ended, if there is one."""
        entries = self.entries()
        return entries[-1] if entries and entries[-1].step not in ENDED else None

    def write(self, entry: Entry) -> None:
        """Record a step; it is on the disk when this returns."""
        entries = self.entries()
        same = bool(entries) and entries[0].swap == entry.swap
        text = json.dumps(asdict(entry), sort_keys=True).encode()
        record = f"{zlib.crc32(text):08x} ".encode() + text + b"\n"
        handle = os.open(self._path, os.O_WRONLY)
        try:
            os.pwrite(handle, record.ljust(SLOT, b"\0"), len(entries) * SLOT if same else 0)
            os.fsync(handle)
        finally:
            os.close(handle)


def _parse(slot: bytes) -> Entry | None:
    check, _, text = slot.partition(b"\n")[0].partition(b" ")
    try:
        if int(check, 16) != zlib.crc32(text):
            return None
        return Entry(**json.loads(text))
    except (ValueError, TypeError):
        return None
