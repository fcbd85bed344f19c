"""The agent travels as one file that is the same everywhere and runs on a bare Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

for needed in ("fabric", "pydantic", "tenacity"):
    pytest.importorskip(needed)

from ocrfleet.agent.door import BOOT, unpack, unpacked  # noqa: E402  only where the operator's side is installed
from ocrfleet.remote.pack import Pack, pack_agent  # noqa: E402  only where the operator's side is installed


def pythons() -> list[str]:
    """This Python, and the oldest that a host may have where it is found."""
    found = [shutil.which("python3.10"), *map(str, Path.home().glob(".pyenv/versions/3.10.*/bin/python3"))]
    return [sys.executable, *[one for one in found if one and works(one)][:1]]


def works(python: str) -> bool:
    """Whether it is a Python, not a wrapper that looks for one."""
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    """The agent under the name its content gives it."""
    path = tmp_path / f"{pack_agent().digest}.pyz"
    path.write_bytes(pack_agent().content)
    return path


def run(python: str, agent: Path, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "HOME": str(agent.parent)}
    return subprocess.run(
        [python, "-I", str(agent), *argv], input=stdin, capture_output=True, text=True, check=False, env=bare
    )


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = pack_agent().content
    pack_agent.cache_clear()
    assert pack_agent().content == first


def test_everything_of_the_agent_and_nothing_else_is_in_it(agent: Path) -> None:
    names = zipfile.ZipFile(agent).namelist()
    assert names == sorted(names)
    assert {"__main__.py", "ocrfleet/__init__.py", "ocrfleet/agent/cutover.py"} <= {*names}
    assert {name.rpartition("/")[0] for name in names} == {"", "ocrfleet", "ocrfleet/agent"}


@pytest.mark.parametrize("python", pythons())
def test_without_a_verb_it_prints_the_usage(python: str, agent: Path) -> None:
    done = run(python, agent)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("usage: agent.pyz {facts|")


@pytest.mark.parametrize("python", pythons())
def test_a_file_with_another_name_refuses_to_run(python: str, agent: Path) -> None:
    renamed = agent.rename(agent.with_name("agent.pyz"))
    assert run(python, renamed, "facts").returncode == 65


def test_a_damaged_file_refuses_to_run(agent: Path) -> None:
    content = agent.read_bytes()
    place = content.index(b"Replaces the serving release")
    agent.write_bytes(content[:place] + b"X" + content[place + 1 :])
    assert run(sys.executable, agent, "facts").returncode == 65


def test_a_file_that_was_cut_short_does_not_run(agent: Path) -> None:
    agent.write_bytes(agent.read_bytes()[:-100])
    assert run(sys.executable, agent, "facts").returncode not in {0, 64}


def test_a_link_to_it_runs(agent: Path) -> None:
    link = agent.with_name("current")
    link.symlink_to(agent.name)
    assert run(sys.executable, link).returncode == 64


def test_the_name_is_the_hash_of_the_content() -> None:
    assert Pack(b"").digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("python", pythons())
def test_it_is_unpacked_once_a_boot_and_older_boots_are_forgotten(python: str, agent: Path) -> None:
    before = agent.with_name(f"{agent.stem}.0-0")
    (before / "ocrfleet").mkdir(parents=True)
    assert [run(python, agent).returncode for _ in range(2)] == [64, 64]
    (folder,) = (path for path in agent.parent.iterdir() if path.is_dir())
    assert folder.name == f"{agent.stem}.{BOOT.read_text(encoding='ascii').strip()}"
    assert list(folder.rglob("verbs.*.pyc"))


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(agent: Path) -> None:
    agent.with_name(f"{agent.stem}.{BOOT.read_text(encoding='ascii').strip()}").write_text("in the way")
    assert run(sys.executable, agent).returncode == 64
    assert not [path for path in agent.parent.iterdir() if path.is_dir()]


def test_what_a_start_left_that_died_while_it_unpacked_is_not_what_the_next_one_runs(agent: Path) -> None:
    boot = BOOT.read_text(encoding="ascii").strip()
    half = agent.with_name(f"{agent.stem}.{os.getpid()}.part") / "ocrfleet" / "agent"
    half.mkdir(parents=True)
    (half / "verbs.py").write_text("torn", encoding="utf-8")
    folder = unpacked(agent, BOOT)
    assert folder.name == f"{agent.stem}.{boot}"
    with zipfile.ZipFile(agent) as archive:
        assert {name: (folder / name).read_bytes() for name in archive.namelist()} == {
            name: archive.read(name) for name in archive.namelist()
        }
    assert not half.exists()


def test_who_unpacks_later_takes_nothing_away_from_who_runs_already(agent: Path) -> None:
    folder = unpacked(agent, BOOT)
    with pytest.raises(OSError, match="not empty"):
        unpack(agent, folder)
    assert list(folder.rglob("verbs.py"))
    assert [path for path in agent.parent.iterdir() if path.is_dir()] == [folder]


def test_of_two_that_unpack_at_the_same_time_the_later_leaves_the_folder_to_the_first(agent: Path) -> None:
    done = [subprocess.Popen([sys.executable, "-I", str(agent)], stderr=subprocess.DEVNULL) for _ in range(4)]
    assert [one.wait(timeout=60) for one in done] == [64] * 4
    (folder,) = (path for path in agent.parent.iterdir() if path.is_dir())
    assert folder.name == f"{agent.stem}.{BOOT.read_text(encoding='ascii').strip()}"
