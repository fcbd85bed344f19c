"""A release takes over once it has passed its gate, and the one before it is stopped and kept."""

from __future__ import annotations

import pytest

from tests.unit.agent.host import Host
from tests.unit.agent.swaps import two
from tests.unit.agent.wanted import START_FIRST, STOP_FIRST, wanted

THEIRS = {"ocrfleet.host": "other", "ocrfleet.release": "1"}


def test_a_first_release_serves(host: Host) -> None:
    assert host.deploy(wanted("one")) == {"outcome": "deployed", "release": 1}
    assert host.unrest() == []
    assert host.serves() == 1


def test_every_step_is_in_the_journal_in_its_order(serving: Host, strategy: str) -> None:
    serving.deploy(two(strategy))
    assert serving.steps == ["prepared", "candidate_started", "gated", "switched", "drained", "committed"]


def test_the_new_release_serves_and_the_old_one_is_stopped_and_kept(serving: Host, strategy: str) -> None:
    serving.deploy(two(strategy))
    assert serving.unrest() == []
    assert (serving.serves(), serving.engines()) == (2, [2])
    assert serving.box(1).exit_code == 143
    assert serving.states == {1: "good", 2: "good"}


def test_what_was_measured_is_in_the_record(serving: Host, strategy: str) -> None:
    serving.deploy(two(strategy))
    release = serving.release(2)
    assert release.strategy == strategy
    assert release.gate["passed"]
    assert release.ready_seconds == release.gate["ready_seconds"] > 0


def test_it_serves_since_it_was_committed(serving: Host, strategy: str) -> None:
    serving.deploy(two(strategy))
    assert serving.site.state().since == pytest.approx(serving.world.now(), abs=1)


def test_start_first_has_no_outage_and_never_holds_requests(serving: Host) -> None:
    serving.world.pointed.clear()
    serving.deploy(two(START_FIRST))
    assert serving.release(2).outage_seconds == 0
    assert serving.world.pointed == [serving.release(2).address]


def test_stop_first_holds_requests_and_measures_for_how_long(serving: Host) -> None:
    serving.world.pointed.clear()
    serving.deploy(two(STOP_FIRST))
    assert serving.world.pointed == ["127.0.0.1", serving.release(2).address]
    assert (serving.release(2).outage_seconds or 0) > 1


def test_requests_go_to_a_release_only_after_it_passed_its_gate(serving: Host, strategy: str) -> None:
    serving.world.calls.clear()
    serving.deploy(two(strategy))
    calls = serving.world.calls
    points = [index for index, call in enumerate(calls) if call == "save upstream"]
    assert points[-1] > calls.index("POST /v1/chat/completions")
    assert points[:-1] == ([] if strategy == START_FIRST else points[:1])


def test_with_start_first_the_old_engine_runs_until_requests_go_elsewhere(serving: Host) -> None:
    serving.world.calls.clear()
    serving.deploy(two(START_FIRST))
    assert serving.world.calls.index("docker stop --time=30") > serving.world.calls.index("save upstream")


def test_with_stop_first_two_engines_never_run_beside_each_other(serving: Host) -> None:
    serving.world.calls.clear()
    serving.deploy(two(STOP_FIRST))
    created, stopped, started = map(
        serving.world.calls.index,
        ("docker create --name=ocrfleet-lab-2", "docker stop --time=30", f"docker start {serving.box(2).id}"),
    )
    assert created < stopped < started


def test_what_breaks_after_the_commit_does_not_undo_it(serving: Host, strategy: str) -> None:
    serving.world.break_on("save state.json", "after")
    assert serving.deploy(two(strategy))["release"] == 2
    assert serving.unrest() == []


def test_a_stray_engine_is_stopped_before_a_swap(serving: Host, strategy: str) -> None:
    serving.deploy(two(strategy))
    serving.box(1).running = True
    serving.deploy(wanted("three"))
    assert serving.unrest() == []
    assert serving.engines() == [3]


def test_an_engine_of_another_host_file_is_left_alone(serving: Host, strategy: str) -> None:
    theirs = serving.docker.add("ocrfleet-other-1", "sha256:one", labels=THEIRS, running=True)
    serving.deploy(two(strategy))
    serving.guard()
    assert theirs.running
