"""The same wish is the same job: started once, joined while it runs, tried again when it failed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrfleet.agent import locks
from ocrfleet.agent.errors import GateFailed, HostError, Refused, Restored
from ocrfleet.agent.jobs import CHUNK, Job, Jobs
from tests.unit.agent.host import Host

JOB = Job("1a2b3c", "deploy", "ana@mac")
SETTINGS = settings(max_examples=40, deadline=None, database=None)


def report(error: HostError) -> dict[str, Any]:
    return {"failed": error.failed, "code": error.code}


def fails_with(error: BaseException) -> Callable[[], dict[str, Any]]:
    def work() -> dict[str, Any]:
        raise error

    return work


@pytest.fixture
def jobs(host: Host) -> Jobs:
    return Jobs(host.world, host.home)


@pytest.fixture
def folder(host: Host) -> Path:
    return host.home.job(JOB.key)


def ended(folder: Path) -> Any:
    return json.loads((folder / "exit").read_text())


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


def test_a_finished_job_says_so_with_its_result(jobs: Jobs) -> None:
    jobs.begin(JOB, lambda: {"release": 3}, report)
    news = jobs.follow(JOB.key, offset=0, wait=8)
    assert news.pop("run") > 0
    assert news == {"state": "finished", "text": "", "offset": 0, "exit": {"code": 0, "result": {"release": 3}}}


def test_a_job_whose_process_is_gone_without_a_result_is_lost(host: Host, jobs: Jobs) -> None:
    host.world.later = []
    jobs.begin(JOB, dict, report)
    assert jobs.follow(JOB.key, offset=0, wait=8)["state"] == "lost"


def test_a_job_that_runs_says_so_after_the_wait(host: Host, jobs: Jobs, folder: Path) -> None:
    host.world.later = []
    jobs.begin(JOB, dict, report)
    with locks.hold(host.world, folder / "lock", {}):
        assert jobs.follow(JOB.key, offset=0, wait=8)["state"] == "running"
    assert host.outside.seconds == pytest.approx(5008, abs=0.5)


def test_news_of_a_running_job_are_told_at_once(host: Host, jobs: Jobs, folder: Path) -> None:
    host.world.later = []
    jobs.begin(JOB, dict, report)
    (folder / "log").write_text("preparing\n")
    with locks.hold(host.world, folder / "lock", {}):
        assert jobs.follow(JOB.key, offset=0, wait=8) == {
            "run": pytest.approx(1_767_230_600, abs=1),
            "state": "running",
            "text": "preparing\n",
            "offset": 10,
            "exit": None,
        }
    assert host.outside.seconds < 5001


def test_a_follower_is_told_of_the_end_while_it_waits(host: Host, jobs: Jobs, folder: Path) -> None:
    host.world.later = []
    jobs.begin(JOB, dict, report)
    handle = locks.acquire(host.world, folder / "lock", {})

    def end() -> None:
        host.world.later = []
        (folder / "exit").write_text('{"code": 0, "result": {}}')
        os.close(handle)

    host.outside.at(5003, end)
    assert jobs.follow(JOB.key, offset=0, wait=8)["state"] == "finished"


def test_another_run_of_a_job_is_told_apart(host: Host, jobs: Jobs) -> None:
    jobs.begin(JOB, fails_with(Restored("no", fix="x")), report)
    first = jobs.follow(JOB.key, offset=0, wait=0)["run"]
    host.outside.wait(5)
    jobs.begin(JOB, dict, report)
    assert jobs.follow(JOB.key, offset=0, wait=0)["run"] > first


def test_a_job_nobody_started_is_refused(jobs: Jobs) -> None:
    with pytest.raises(Refused, match="there is no job nope on this host"):
        jobs.follow("nope", offset=0, wait=0)


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


def written(log: bytes, tmp: Path) -> Jobs:
    """A finished job that wrote a log."""
    host = Host(tmp)
    jobs = Jobs(host.world, host.home)
    jobs.begin(JOB, dict, report)
    (host.home.job(JOB.key) / "log").write_bytes(log)
    return jobs


def read_all(jobs: Jobs) -> tuple[str, list[int]]:
    """Everything a follower gets, and the offsets at which it went on."""
    text, offsets = "", [0]
    while True:
        news = jobs.follow(JOB.key, offset=offsets[-1], wait=0)
        text, offsets = text + news["text"], [*offsets, news["offset"]]
        if news["state"] == "finished":
            return text, offsets


TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)


@SETTINGS
@given(text=TEXTS, fill=st.integers(CHUNK - 40, CHUNK + 40), wide=st.sampled_from("aé€𝄞"))
def test_a_follower_gets_every_character_once(
    tmp_path_factory: pytest.TempPathFactory, text: str, fill: int, wide: str
) -> None:
    log = "x" * (fill % 7) + wide * (fill // len(wide.encode())) + text
    read, offsets = read_all(written(log.encode(), tmp_path_factory.mktemp("job")))
    assert read == log
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(log.encode())


@SETTINGS
@given(log=st.binary(max_size=200), fill=st.sampled_from([0, CHUNK - 3, CHUNK - 1, CHUNK]))
def test_a_log_that_is_no_text_is_read_to_its_end(
    tmp_path_factory: pytest.TempPathFactory, log: bytes, fill: int
) -> None:
    _, offsets = read_all(written(b"x" * fill + log, tmp_path_factory.mktemp("job")))
    assert offsets[-1] == fill + len(log)


@SETTINGS
@given(text=st.text("aé€𝄞\n", max_size=30), cut=st.integers(0, 120))
def test_a_character_that_is_half_written_waits_for_its_other_half(
    tmp_path_factory: pytest.TempPathFactory, text: str, cut: int
) -> None:
    root = tmp_path_factory.mktemp("job")
    host, raw = Host(root), text.encode()
    host.world.later = []
    jobs, log = Jobs(host.world, host.home), host.home.job(JOB.key) / "log"
    jobs.begin(JOB, dict, report)
    log.write_bytes(raw[:cut])
    with locks.hold(host.world, host.home.job(JOB.key) / "lock", {}):
        first = jobs.follow(JOB.key, offset=0, wait=0)
        log.write_bytes(raw)
        second = jobs.follow(JOB.key, offset=first["offset"], wait=0)
    assert first["text"] + second["text"] == text
    assert "\ufffd" not in first["text"]
