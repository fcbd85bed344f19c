"""Who follows a job hears of its end at once and gets every character of its log once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Refused, Restored
from ocrfleet.agent.jobs import CHUNK, Jobs
from tests.unit.agent.host import Host
from tests.unit.agent.tasks import JOB, fails_with, report

SETTINGS = settings(max_examples=40)


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
