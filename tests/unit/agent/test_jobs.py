"""The same wish is the same job: started once, joined while it runs, tried again when it failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent.errors import GateFailed, Refused, Restored
from ocrfleet.agent.jobs import Jobs
from tests.unit.agent.host import Host
from tests.unit.agent.tasks import JOB, ended, fails_with, report


def test_a_job_is_started_and_its_result_is_kept(jobs: Jobs, folder: Path) -> None:
    assert jobs.begin(JOB, lambda: {"release": 3}, report) == "started"
    assert ended(folder) == {"code": 0, "result": {"release": 3}}


def test_what_a_job_is_about_is_known_before_it_runs(host: Host, jobs: Jobs, folder: Path) -> None:
    host.world.later = []
    jobs.begin(JOB, dict, report)
    about = json.loads((folder / "job.json").read_text())
    assert (about["key"], about["what"], about["who"], about["boot"]) == ("1a2b3c", "deploy", "ana@mac", "boot-1")


def test_a_running_job_is_joined_not_started_again(jobs: Jobs) -> None:
    states: list[str] = []

    def work() -> dict[str, Any]:
        states.append(jobs.begin(JOB, fails_with(AssertionError()), report))
        return {}

    jobs.begin(JOB, work, report)
    assert states == ["joined"]


def test_a_running_job_is_the_one_at_work(jobs: Jobs, folder: Path) -> None:
    jobs.begin(JOB, lambda: {"at work": jobs.running()}, report)
    assert ended(folder)["result"]["at work"]["key"] == "1a2b3c"
    assert jobs.running() is None


def test_a_failed_job_is_tried_again_from_an_empty_log(jobs: Jobs, folder: Path) -> None:
    jobs.begin(JOB, fails_with(Restored("no", fix="x")), report)
    (folder / "log").write_text("what went wrong")
    assert jobs.begin(JOB, lambda: {"release": 3}, report) == "started"
    assert ended(folder)["code"] == 0
    assert (folder / "log").read_text() == ""


def test_a_job_that_could_not_be_detached_can_be_started_again(host: Host, jobs: Jobs, folder: Path) -> None:
    host.world.break_on("detach")
    with pytest.raises(OSError, match="did not start"):
        jobs.begin(JOB, dict, report)
    host.world.revive()
    assert jobs.follow(JOB.key, offset=0, wait=0)["state"] == "lost"
    assert jobs.begin(JOB, dict, report) == "started"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("no", fix="x"), 10),
        (Restored("no", fix="x"), 20),
        (GateFailed("no"), 40),
        (KeyError("release"), 40),
        (OSError(28, "No space left on device"), 40),
        (MemoryError(), 40),
        (SystemExit("asked to stop (SIGTERM)"), 40),
        (KeyboardInterrupt(), 40),
        (GeneratorExit(), 40),
    ],
    ids=repr,
)
def test_a_job_that_raises_anything_leaves_a_result(jobs: Jobs, folder: Path, error: BaseException, code: int) -> None:
    jobs.begin(JOB, fails_with(error), report)
    assert ended(folder)["code"] == ended(folder)["error"]["code"] == code


def test_a_job_that_failed_without_a_word_is_named_in_its_error(jobs: Jobs, folder: Path) -> None:
    jobs.begin(JOB, fails_with(SystemExit("asked to stop (SIGTERM)")), report)
    assert ended(folder)["error"]["failed"] == "deploy: SystemExit('asked to stop (SIGTERM)')"


def test_a_job_for_which_there_is_no_room_is_refused_and_leaves_nothing(host: Host, jobs: Jobs, folder: Path) -> None:
    host.world.full = True
    with pytest.raises(Refused, match=r"deploy could not be begun: .*No space left") as refused:
        jobs.begin(JOB, dict, report)
    assert "free space on the host" in refused.value.fix
    assert not folder.exists()
