"""What a killed run leaves in the backend is put right, and what belongs to others is seen before anything goes."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from lab.down import stacks
from lab.places import Places
from lab.stack import Stack

SAYS_ITS_WORDS = '#!/bin/sh\necho "$@" >> "$0.words"\n'


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "bin").mkdir()
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.write_text(SAYS_ITS_WORDS, encoding="utf-8")
    pulumi.chmod(0o755)
    return Places(tmp_path)


def unlocked(places: Places, pid: int) -> str:
    """Unlock a stack that a process has locked; return what the engine was told."""
    locks = places.state / ".pulumi" / "locks" / "organization" / "ocrfleet" / "lab"
    locks.mkdir(parents=True)
    (locks / "one.json").write_text(json.dumps({"pid": pid}), encoding="utf-8")
    (locks / "one.json.attrs").write_text("{}", encoding="utf-8")
    binaries = places.root / "bin"
    Stack(places, {"PATH": f"{binaries}:/usr/bin:/bin"}).unlock(lambda _: None)
    words = binaries / "pulumi.words"
    return words.read_text(encoding="utf-8") if words.exists() else ""


def test_the_lock_of_a_run_that_was_killed_is_taken_away(places: Places) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    assert unlocked(places, ended.pid) == "cancel --yes --stack=lab --non-interactive\n"


def test_the_lock_of_a_run_that_is_alive_stays(places: Places) -> None:
    assert unlocked(places, os.getpid()) == ""


def test_a_process_of_somebody_else_is_alive(places: Places) -> None:
    assert unlocked(places, 1) == ""


def test_a_deploy_waits_for_the_one_that_an_interrupted_run_left(places: Places) -> None:
    (places.root / "bin" / "pulumi").write_text('#!/bin/sh\necho "$1 waits $OCRFLEET_WAIT"\n', encoding="utf-8")
    said: list[str] = []
    Stack(places, {"PATH": f"{places.root / 'bin'}:/usr/bin:/bin"}).up(said.append)
    assert said == ["up waits 300\n"]


def test_the_stacks_of_a_backend_are_known_without_an_engine(places: Places) -> None:
    assert stacks(places) == []
    folder = places.state / ".pulumi" / "stacks" / "ocrfleet"
    folder.mkdir(parents=True)
    for name in ("lab.json", "lab.json.bak", "lab.json.attrs", "attic.json"):
        (folder / name).touch()
    assert stacks(places) == ["attic", "lab"]
