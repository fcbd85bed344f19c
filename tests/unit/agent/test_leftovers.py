"""What nobody needs goes with a prune; what somebody may need stays, however old it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from secrets import token_hex

import pytest

from ocrfleet.agent import leftovers, locks
from ocrfleet.agent.guard import go_round
from ocrfleet.agent.home import to_json
from ocrfleet.agent.prune import Retention, tidy
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted

OLD = 2 * leftovers.HOUR


def put(host: Host, path: str, *, age: float = OLD) -> Path:
    """A file somebody left; everything up to it is as old."""
    found = host.home.root / path
    found.parent.mkdir(parents=True, exist_ok=True)
    found.write_text("x")
    for one in (found, found.parent):
        os.utime(one, (host.world.now() - age,) * 2)
    return found


def prune(host: Host) -> None:
    assert host.job("prune", keep=3)["code"] == 0


def test_a_revoked_key_goes_and_the_valid_one_stays(serving: Host) -> None:
    put(serving, "secrets/v1/api-key").write_text("k" * 32)
    revoked, fresh = put(serving, "secrets/v0/api-key"), put(serving, "secrets/v2/api-key", age=60)
    prune(serving)
    assert not revoked.parent.exists()
    assert fresh.exists()
    assert serving.home.secret("v1", "api-key").exists()
    assert serving.deploy(wanted("one"))["outcome"] == "unchanged"


def test_a_secret_of_what_runs_beside_the_service_stays(serving: Host) -> None:
    token = put(serving, "secrets/edge-0a/tunnel-token")
    prune(serving)
    assert token.exists()


def test_what_was_on_its_way_when_its_process_died_goes_and_what_is_on_its_way_now_stays(serving: Host) -> None:
    dead, alive = put(serving, "releases/1/.record.json.117"), put(serving, ".state.json.118", age=60)
    prune(serving)
    assert (dead.exists(), alive.exists()) == (False, True)


def test_the_guard_removes_at_once_what_a_process_was_writing_that_is_gone(serving: Host) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as writer:
        pass
    dead, alive = (put(serving, f"jobs/one/.job.json.{process}", age=0) for process in (writer.pid, os.getpid()))
    go_round(serving.site, serving.patience, serving.pulse)
    assert (dead.exists(), alive.exists()) == (False, True)


def test_a_model_may_have_files_of_any_name(serving: Host) -> None:
    inside, beside = put(serving, "models/a--b/c0de/.v1.0"), put(serving, "models/a--b/.c0de.json.0")
    go_round(serving.site, serving.patience, serving.pulse)
    prune(serving)
    assert (inside.exists(), beside.exists()) == (True, False)


def test_a_key_that_was_sent_by_half_goes_though_its_version_is_valid(serving: Host) -> None:
    dead, alive = put(serving, "secrets/v1/api-key.0a1b2c3d.part"), put(serving, "secrets/v1/api-key.f.part", age=60)
    prune(serving)
    assert (dead.exists(), alive.exists()) == (False, True)


def test_where_the_keys_are_not_recorded_those_of_kept_releases_stay(serving: Host) -> None:
    serving.home.keys.unlink()
    stays, goes = put(serving, "secrets/v1/api-key"), put(serving, "secrets/v0/api-key")
    prune(serving)
    assert (stays.exists(), goes.exists()) == (True, False)


def test_of_the_jobs_that_have_ended_the_last_twenty_stay(serving: Host) -> None:
    jobs = [put(serving, f"jobs/{number:02}/exit", age=OLD + number) for number in range(25)]
    prune(serving)
    left = [number for number, path in enumerate(jobs) if path.exists()]
    # The prune is a job too.
    assert left == list(range(leftovers.JOBS_KEPT))


def test_a_job_at_work_stays(serving: Host) -> None:
    for number in range(25):
        put(serving, f"jobs/{number:02}/exit", age=OLD + number)
    with locks.hold(serving.world, serving.home.job("24") / "lock", {}):
        put(serving, "jobs/24/job.json", age=OLD + 99)
        leftovers.sweep(serving.site)
    assert (serving.home.job("24") / "exit").exists()
    assert not serving.home.job("23").exists()


BUILDS = ("build/abc.lock", "secrets/build-abc/token", "uploads/abc")


def test_what_a_build_left_that_never_began_goes(serving: Host) -> None:
    lock, *left = (put(serving, path) for path in BUILDS)
    prune(serving)
    assert [path for path in left if path.exists()] == []
    assert lock.exists(), "it tells when an image was built"
    put(serving, BUILDS[0], age=leftovers.DAY)
    prune(serving)
    assert not lock.exists()


def test_what_was_sent_a_moment_ago_stays(serving: Host) -> None:
    left = [put(serving, path, age=60) for path in BUILDS]
    prune(serving)
    assert all(path.exists() for path in left)


def test_nothing_of_a_build_goes_while_one_is_at_work(serving: Host) -> None:
    left = [put(serving, path, age=leftovers.DAY) for path in BUILDS]
    folder = serving.home.job("work")
    folder.mkdir()
    (folder / "job.json").write_bytes(to_json({"key": "work", "what": "build engine", "since": 1.0}))
    with locks.hold(serving.world, folder / "lock", {}):
        leftovers.sweep(serving.site)
    assert all(path.exists() for path in left)


def test_a_lock_that_is_held_stays(serving: Host) -> None:
    path = serving.home.build_lock("abc")
    with locks.hold(serving.world, path, {}):
        put(serving, "build/abc.lock", age=leftovers.DAY)
        leftovers.sweep(serving.site)
        assert path.exists()


def test_an_old_agent_goes_and_the_current_one_and_ours_stay(serving: Host) -> None:
    # Whatever runs on this machine names no such agent.
    names = ("second", serving.world.agent.stem, "an-agent-of-old")
    current, ours, old = (put(serving, f"agent/{name}.pyz") for name in names)
    unpacked = ("second.boot-1", "an-agent-of-old.boot-1", "fourth.9.part")
    folders = [put(serving, f"agent/{name}/x.py").parent for name in unpacked]
    link = serving.home.agents / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(current.name)
    leftovers.sweep(serving.site)
    assert (current.exists(), ours.exists(), old.exists(), link.exists()) == (True, True, False, True)
    assert [folder.exists() for folder in folders] == [True, False, False]


def test_an_agent_at_work_stays(serving: Host) -> None:
    # A name of its own: the same test may run under another Python at this moment, and its process is seen here.
    path = put(serving, f"agent/{token_hex(16)}.pyz")
    words = [sys.executable, "-c", "print(flush=True); input()", str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        leftovers.sweep(serving.site)
        assert path.exists()
        process.communicate(b"\n")
    leftovers.sweep(serving.site)
    assert not path.exists()


@pytest.mark.parametrize("text", ["{", '{"what": 7}'])
def test_a_damaged_state_does_not_change_how_what_came_before_ended(serving: Host, text: str) -> None:
    serving.home.state.write_text(text)
    tidy(serving.site, "lab", Retention(3))
    assert serving.said[-1].startswith("old releases were not pruned: ")
