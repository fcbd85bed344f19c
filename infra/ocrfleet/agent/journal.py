"""The write-ahead journal of the swap in progress.

A fixed file of fixed slots, made in full when the host is set up: on a full disk there is still room to write how a
swap ended. One record per step, each with a checksum; a torn record is one that was never written. A new swap starts
at the first slot again, which is safe because the swap before it has ended.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ocrfleet.agent.world import World

SLOT, SLOTS = 1024, 16
COMMITTED, RESTORED = "committed", "restored"


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

    @property
    def begun(self) -> float:
        """When the swap was begun, in seconds since 1970."""
        return float(self.swap.partition("@")[2] or 0)

    def at(self, step: str) -> Entry:
        """The record of another step of the same swap."""
        return replace(self, step=step)


class Journal:
    """Reads and writes the journal of one host."""

    def __init__(self, world: World, path: Path) -> None:
        self._world, self._path = world, path

    def prepare(self) -> None:
        """Make the file at its full size; one that has it already is left alone."""
        content = self._content()
        if len(content) < SLOT * SLOTS:
            self._world.save(self._path, content.ljust(SLOT * SLOTS, b"\0"))

    def entries(self) -> list[Entry]:
        """Every record of the last swap, oldest first."""
        found: list[Entry] = []
        content = self._content()
        for start in range(0, len(content), SLOT):
            entry = _parse(content[start : start + SLOT])
            if entry is None or (found and entry.swap != found[0].swap):
                break
            found.append(entry)
        return found

    def unfinished(self) -> Entry | None:
        """The last step of a swap that has not ended, if there is one."""
        entries = self.entries()
        return entries[-1] if entries and entries[-1].step not in {COMMITTED, RESTORED} else None

    def write(self, entry: Entry) -> None:
        """Record a step; it is on the disk when this returns."""
        entries = self.entries()
        same = bool(entries) and entries[0].swap == entry.swap
        text = json.dumps(asdict(entry), sort_keys=True).encode()
        record = f"{zlib.crc32(text):08x} ".encode() + text + b"\n"
        self._world.overwrite(self._path, len(entries) * SLOT if same else 0, record.ljust(SLOT, b"\0"))

    def _content(self) -> bytes:
        return self._path.read_bytes() if self._path.exists() else b""


def _parse(slot: bytes) -> Entry | None:
    check, _, text = slot.partition(b"\n")[0].partition(b" ")
    try:
        if int(check, 16) != zlib.crc32(text):
            return None
        return Entry(**json.loads(text))
    except (ValueError, TypeError):
        return None
