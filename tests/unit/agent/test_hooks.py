"""The owner's programs hear of every change; one of them may refuse it, the others change nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.hooks import HOOKS
from ocrfleet.agent.machine import Machine
from ocrfleet.agent.world import Done
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

SAID_NO = Done(3, "one\nthere is a demo at ten\n", "")


@pytest.fixture
def hooked(serving: Host) -> Host:
    """A host where release 1 serves, with every hook."""
    serving.hook(*HOOKS)
    return serving


def deploy(host: Host, image: str) -> dict[str, Any]:
    return host.job("deploy", wanted=wanted(image), owner=OWNER)


def called(host: Host) -> list[str]:
    return [told["hook"] for told in host.world.hooked]


def test_a_deploy_is_announced_and_told_when_it_is_done(hooked: Host) -> None:
    deploy(hooked, "two")
    before, after = hooked.world.hooked
    assert (before["hook"], after["hook"]) == ("pre-deploy", "post-deploy")
    told = {"host": "lab", "what": "deploy", "who": "ana@mac", "from": 1, "to": 2, "image": "sha256:two"}
    assert before.items() >= told.items()
    assert after.items() >= told.items()
    assert len(before["job"]) == 16
    assert after["at"] > before["at"]


def test_a_failure_is_told_with_its_code_and_its_words(hooked: Host) -> None:
    hooked.image("two", Behaviour(text="lorem ipsum"))
    deploy(hooked, "two")
    assert called(hooked) == ["pre-deploy", "on-failure"]
    told = hooked.world.hooked[-1]
    assert (told["code"], told["from"], told["to"]) == (20, 1, 2)
    assert told["failed"].startswith("release 2 did not take over: golden page")


def test_a_rollback_is_told_and_asks_nobody(hooked: Host) -> None:
    hooked.deploy(wanted("two"))
    hooked.world.hooked.clear()
    hooked.job("rollback")
    (told,) = hooked.world.hooked
    assert told.items() >= {"hook": "on-rollback", "what": "rollback", "from": 2, "to": 1, "host": "lab"}.items()


def test_a_rollback_that_fails_is_a_failure(hooked: Host) -> None:
    hooked.deploy(wanted("two"))
    hooked.image("one", Behaviour(text="lorem ipsum"))
    hooked.world.hooked.clear()
    hooked.job("rollback")
    assert called(hooked) == ["on-failure"]


def test_a_deploy_that_is_refused_by_its_hook_changes_nothing(host: Host) -> None:
    host.hook("pre-deploy")
    host.world.hooks["pre-deploy"] = SAID_NO
    before = {path: path.read_bytes() for path in host.home.root.rglob("*.json")}
    ended = deploy(host, "one")
    assert ended["code"] == 10
    assert ended["error"]["failed"] == (
        "the hook pre-deploy ended with exit code 3; its last lines:\none\nthere is a demo at ten"
    )
    assert ended["error"]["next"].endswith(f"chmod -x {host.home.hook('pre-deploy')}")
    assert (host.states, host.docker.boxes, host.home.owner.exists()) == ({}, {}, False)
    assert before.items() <= {path: path.read_bytes() for path in host.home.root.rglob("*.json")}.items()


def test_a_hook_that_does_not_end_refuses_too(hooked: Host) -> None:
    hooked.world.hooks["pre-deploy"] = Done(124, "", "")
    assert deploy(hooked, "two")["error"]["failed"] == "the hook pre-deploy did not end within 60 s"
    assert hooked.states == {1: "good"}


@pytest.mark.parametrize("name", ["post-deploy", "on-failure", "on-rollback"])
def test_the_others_fail_without_changing_how_it_went(hooked: Host, name: str) -> None:
    hooked.world.hooks[name] = SAID_NO
    codes = [deploy(hooked, "two")["code"]]
    hooked.image("bad", Behaviour(text="lorem ipsum"))
    codes += [deploy(hooked, "bad")["code"], hooked.job("rollback")["code"]]
    assert codes == [0, 20, 0]
    (said,) = [line for line in hooked.said if line.startswith(f"the hook {name}")]
    assert "exit code 3" in said
    assert hooked.unrest() == []


@pytest.mark.parametrize("name", ["post-deploy", "on-failure"])
def test_a_hook_that_cannot_be_called_at_all_changes_nothing_either(hooked: Host, name: str) -> None:
    hooked.image("bad", Behaviour(text="lorem ipsum"))
    hooked.world.break_on(f"hook {name}", error=OSError("gone"))
    assert deploy(hooked, "two" if name == "post-deploy" else "bad")["code"] in {0, 20}
    assert f"the hook {name} could not be called: gone" in hooked.said


def test_nobody_is_asked_where_nothing_would_change(hooked: Host) -> None:
    deploy(hooked, "one")
    hooked.box(1).running = False
    deploy(hooked, "one")
    deploy(hooked, "missing")
    assert called(hooked) == []


def test_a_file_that_is_not_executable_is_no_hook(hooked: Host) -> None:
    hooked.home.hook("pre-deploy").chmod(0o644)
    hooked.world.hooks["pre-deploy"] = SAID_NO
    assert deploy(hooked, "two")["code"] == 0
    assert called(hooked) == ["post-deploy"]


def test_hooks_outlive_a_destroy(hooked: Host) -> None:
    hooked.ask("destroy", owner=OWNER)
    assert hooked.home.hook("pre-deploy").exists()


def test_a_refusal_is_no_failure(hooked: Host) -> None:
    hooked.world.hooks["pre-deploy"] = SAID_NO
    with pytest.raises(Refused):
        hooked.deploy(wanted("two"))
    assert called(hooked) == ["pre-deploy"]


# Real programs


def program(folder: Path, script: str) -> Path:
    path = folder / "hook"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "reserve")


def test_a_program_gets_its_input_and_its_words_come_back(machine: Machine, tmp_path: Path) -> None:
    done = machine.hook(program(tmp_path, "cat; echo oops >&2; exit 3"), b'{"a": 1}\n', seconds=10)
    assert (done.code, done.out) == (3, '{"a": 1}\noops\n')


def test_a_program_that_reads_nothing_is_fine(machine: Machine, tmp_path: Path) -> None:
    assert machine.hook(program(tmp_path, "exit 0"), b"x" * 1_000_000, seconds=10).code == 0


def test_a_program_that_does_not_end_is_ended_with_its_children(machine: Machine, tmp_path: Path) -> None:
    began = time.monotonic()
    script = f"echo begun; sleep 30 & echo $! >{tmp_path}/pid; wait"
    done = machine.hook(program(tmp_path, script), b"", seconds=0.5)
    assert (done.code, done.out) == (124, "begun\n")
    assert time.monotonic() - began < 5
    child = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    while not has_ended(child):
        assert time.monotonic() - began < 10
        time.sleep(0.05)


def has_ended(stat: Path) -> bool:
    """Whether a process is gone or only waits to be counted; a signal takes a moment to arrive."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_program_that_cannot_be_run_says_why(machine: Machine, tmp_path: Path) -> None:
    path = program(tmp_path, "")
    path.write_bytes(b"\x7fELF no program")
    done = machine.hook(path, b"", seconds=5)
    assert done.code == 126
    assert "Exec format error" in done.out


def test_a_program_that_a_hook_leaves_behind_holds_no_lock_of_ours(machine: Machine, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with locks.hold(machine, lock, {}):
        script = f"sleep 30 >/dev/null 2>&1 </dev/null & echo $! >{tmp_path}/pid"
        assert machine.hook(program(tmp_path, script), b"", seconds=10).code == 0
    assert locks.is_free(lock)
    os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_program_that_left_its_output_to_somebody_else_is_late(machine: Machine, tmp_path: Path) -> None:
    script = f"setsid sleep 30 & echo $! >{tmp_path}/pid"
    began = time.monotonic()
    assert machine.hook(program(tmp_path, script), b"", seconds=0.5).code == 124
    assert time.monotonic() - began < 5
    os.kill(int((tmp_path / "pid").read_text()), 9)
