"""While somebody is at work, a verb is refused or waits, and says for whom."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.build import Plan, reference
from ocrfleet.agent.journal import Entry
from tests.unit.agent.holders import ANA, released_after
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

CONTEXT = hashlib.sha256(b"").hexdigest()
PLAN = {
    "name": "engine",
    "host": "lab",
    "context": "c",
    "upload": CONTEXT,
    "arch": "amd64",
    "bases": [],
    "secrets": [],
    "limit_seconds": 4500.0,
}


def test_a_second_operators_deploy_ends_with_50_and_the_first_ones_job(serving: Host) -> None:
    with locks.hold(serving.world, serving.home.cutover_lock, ANA):
        ended = serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    assert ended["code"] == 50
    assert "deploy by ana@mac, since 2026-01-01" in ended["error"]["failed"]
    assert ended["error"]["failed"].endswith("job 1a2b")
    assert ended["error"]["next"].startswith("ocrfleet attach lab shows it, ocrfleet abort lab stops it")
    assert [line for line in serving.said if line.startswith("waiting")] == []
    assert serving.states == {1: "good"}


def test_who_is_in_the_middle_of_a_swap_says_at_which_step(serving: Host) -> None:
    entry = Entry("2@5.000", "candidate_started", 2, 1, "stop-first", serving.world.boot())
    serving.site.journal.write(entry)
    with locks.hold(serving.world, serving.home.cutover_lock, ANA):
        failed = serving.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]["failed"]
    assert failed.endswith("job 1a2b, at step candidate_started")


@pytest.mark.parametrize("state", ["T", "t"])
def test_a_holder_that_somebody_stopped_is_not_taken_for_one_at_work(serving: Host, state: str) -> None:
    serving.outside.system[Path(f"/proc/{os.getpid()}/stat")] = f"{os.getpid()} (python3 (x)) {state} 1"
    with locks.hold(serving.world, serving.home.cutover_lock, ANA):
        failed = serving.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]["failed"]
    assert failed.endswith("job 1a2b, which is stopped: kill -CONT lets it go on")


def test_who_waits_for_the_same_image_from_somebody_else_says_so(serving: Host) -> None:
    serving.home.upload(CONTEXT).write_bytes(b"")
    lock = serving.home.build_lock(reference(serving.site, Plan.parse(PLAN)).rpartition(":")[2])
    handle = locks.acquire(serving.world, lock, ANA)
    serving.outside.at(serving.outside.seconds + 60, lambda: os.close(handle))
    serving.world.build = lambda argv: (
        serving.docker.images.update({next(word[6:] for word in argv if word.startswith("--tag=")): "sha256:built"})
        or 0
    )
    assert serving.job("build", plan=PLAN)["code"] == 0
    (line,) = [line for line in serving.said if line.startswith("waiting")]
    assert line.startswith("waiting up to 4500 s for another job: deploy by ana@mac, since ")


@pytest.mark.parametrize("verb", ["stop", "start", "unpin"])
def test_a_short_verb_is_refused_too(serving: Host, verb: str) -> None:
    with locks.hold(serving.world, serving.home.cutover_lock, ANA):
        assert serving.job(verb)["error"]["code"] == 50


def test_what_a_short_verb_does_is_named_without_frills(serving: Host) -> None:
    def look() -> None:
        holder = locks.holder_of(serving.home.cutover_lock)
        found.append((holder or {}).get("what"))

    found: list[object] = []
    serving.outside.at(serving.outside.seconds + 0.01, look)
    serving.job("stop")
    assert found == ["stop"]


def test_with_patience_a_short_verb_waits(serving: Host) -> None:
    released_after(serving, 40)
    assert serving.job("stop", wait=60) == {"code": 0, "result": {"stopped": 1}}


@pytest.mark.parametrize("verb", ["rollback", "deploy"])
def test_with_patience_a_job_waits_and_says_for_whom(serving: Host, verb: str) -> None:
    serving.deploy(wanted("two"))
    released_after(serving, 40)
    assert serving.job(verb, wait=60, wanted=wanted("three"), owner=OWNER)["code"] == 0
    (line,) = [line for line in serving.said if line.startswith("waiting")]
    assert line.startswith("waiting up to 60 s for another job: deploy by ana@mac, since ")


def test_a_rollback_goes_through_while_an_image_is_being_built(serving: Host) -> None:
    serving.deploy(wanted("two"))
    serving.docker.images["debian:12"] = "sha256:debian"
    serving.home.upload(CONTEXT).write_bytes(b"")
    codes: list[int] = []

    def build_for_long(argv: list[str]) -> int:
        codes.append(serving.job("rollback")["code"])
        serving.docker.images[next(word[6:] for word in argv if word.startswith("--tag="))] = "sha256:built"
        return 0

    serving.world.build = build_for_long
    ended = serving.job("build", plan=PLAN)
    assert (codes, ended["code"], ended["result"]["image"]) == ([0], 0, "sha256:built")
    assert serving.serves() == 1
    told = [(line["what"], line["outcome"]) for line in serving.site.audit.lines(2)]
    assert told == [("rollback", "rolled back"), ("build engine", "built")]
