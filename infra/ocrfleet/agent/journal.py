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
from typing import Any

from ocrfleet.agent.world import World

SLOT, SLOTS = 1024, 16
# From this version on an agent writes behind the last step that the audit has a line about the swap.
TELLING = 2
SWITCHED, COMMITTED, RESTORED = "switched", "committed", "restored"


@dataclass(frozen=True)
class Entry:
    """One step of a swap: from which release to which, how, and during which boot."""

    swap: str
    step: str
    to: int
    previous: int | None
    strategy: str
    boot: str
    version: int = TELLING

    def at(self, step: str) -> Entry:
        """The record of another step of the same swap."""
        return replace(self, step=step, version=TELLING)


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
        self._put(len(entries) if same else 0, _record(asdict(entry)))

    def tell(self, swap: str) -> None:
        """Remember that the audit has a line about the last swap, where it is this one. No step is written by it."""
        entries = self.entries()
        if entries and entries[0].swap == swap:
            self._put(len(entries), _record({"told": swap}))

    def is_told(self) -> bool:
        """Whether the audit needs no line about the last swap any more; one that an older agent ended is its own."""
        entries = self.entries()
        if not entries or entries[-1].version < TELLING:
            return True
        start = len(entries) * SLOT
        return self._content()[start : start + SLOT] == _record({"told": entries[0].swap})

    def _put(self, slot: int, record: bytes) -> None:
        self._world.overwrite(self._path, slot * SLOT, record)

    def _content(self) -> bytes:
        return self._path.read_bytes() if self._path.exists() else b""


def _record(value: dict[str, Any]) -> bytes:
    text = json.dumps(value, sort_keys=True).encode()
    return (f"{zlib.crc32(text):08x} ".encode() + text + b"\n").ljust(SLOT, b"\0")


def _parse(slot: bytes) -> Entry | None:
    check, _, text = slot.partition(b"\n")[0].partition(b" ")
    try:
        if int(check, 16) != zlib.crc32(text):
            return None
        return Entry(**json.loads(text))
    except (ValueError, TypeError):
        return None
