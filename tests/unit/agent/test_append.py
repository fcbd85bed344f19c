"""A line is added to a file whole and for its owner alone, and on a full disk too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocrfleet.agent.disk import Disk, append
from ocrfleet.agent.machine import Machine


def test_a_line_is_added_whole_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    append(Disk(), path, b"one\n", 100)
    append(Disk(), path, b"two\n", 100)
    assert path.read_bytes() == b"one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600
    append(Disk(), path, b"x" * 95 + b"\n", 100)
    assert (tmp_path / "audit.1.jsonl").read_bytes() == b"one\ntwo\n"
    assert path.stat().st_size == 96


def test_on_a_full_disk_the_reserve_makes_room_for_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, write = Machine(tmp_path / "reserve"), os.write
    (tmp_path / "reserve").write_bytes(b"x")

    def full(handle: int, content: bytes) -> int:
        if (tmp_path / "reserve").exists():
            raise OSError(28, "No space left on device")
        return write(handle, content)

    monkeypatch.setattr(os, "write", full)
    machine.append(tmp_path / "audit.jsonl", b"one\n", largest=100)
    assert (tmp_path / "audit.jsonl").read_bytes() == b"one\n"
