"""The real machine keeps its files whole, on a full disk too, and knows its boot and its time."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ocrfleet.agent.disk import Disk
from ocrfleet.agent.machine import Machine


def test_a_file_is_replaced_whole_with_its_mode_and_nothing_left(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    machine.save(path, b"old")
    machine.save(path, b"new", 0o644)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o644)
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]


def test_a_new_file_is_for_us_alone(machine: Machine, tmp_path: Path) -> None:
    machine.save(tmp_path / "3" / "record.json", b"{}")
    assert (tmp_path / "3" / "record.json").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_replaced_stays_as_it_was(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        machine.save(tmp_path / "folder", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


def test_part_of_a_file_is_overwritten_in_its_place(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"aaaaaa")
    machine.overwrite(path, 2, b"bb")
    assert path.read_bytes() == b"aabbaa"


def test_a_file_of_the_system_that_is_not_there_is_nothing(machine: Machine, tmp_path: Path) -> None:
    assert machine.read(tmp_path / "none") is None
    assert "MemAvailable" in (machine.read(Path("/proc/meminfo")) or "")


def test_a_boot_has_one_name_and_time_goes_forward(machine: Machine) -> None:
    before = machine.clock(), machine.now()
    machine.sleep(0.01)
    assert machine.boot() == machine.boot()
    assert (machine.clock() > before[0], abs(machine.now() - time.time()) < 5) == (True, True)


PYTHON = sys.executable
FULL = """
import sys
from pathlib import Path
from ocrfleet.agent.machine import Machine
folder = Path(sys.argv[1])
machine = Machine(folder / "reserve")
machine.save(folder / "reserve", bytes(100_000))
try:
    while True:
        with (folder / "rubbish").open("ab") as file:
            file.write(bytes(4096))
except OSError:
    pass
machine.save(folder / "exit", b"the last word" * 500)
print((folder / "exit").stat().st_size, (folder / "reserve").exists())
try:
    machine.save(folder / "more", bytes(200_000))
except OSError as error:
    print(error.strerror, sorted(path.name for path in folder.iterdir()))
"""


def test_on_a_full_disk_there_is_room_for_a_last_word(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", FILL, "sh", str(tmp_path), PYTHON, FULL],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if shutil.which("unshare") is None or "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount a small disk")
    assert done.stdout == "6500 False\nNo space left on device ['exit', 'rubbish']\n", done.stderr


FILL = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" -c "$3" "$1"'


class FirstFull(Disk):
    """A disk on which the first folder finds no room."""

    def __init__(self) -> None:
        self.errors = [OSError(errno.ENOSPC, "No space left on device")]

    def make(self, folder: Path) -> None:
        if self.errors:
            raise self.errors.pop()
        super().make(folder)


def test_a_folder_takes_the_reserve_where_the_disk_has_no_room_for_it(machine: Machine, tmp_path: Path) -> None:
    reserve = tmp_path / "reserve"
    machine.save(reserve, bytes(100))
    machine.disk = FirstFull()
    machine.make(tmp_path / "jobs" / "1a")
    assert ((tmp_path / "jobs" / "1a").is_dir(), reserve.exists()) == (True, False)
