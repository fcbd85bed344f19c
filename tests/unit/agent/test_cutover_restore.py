"""Whatever breaks on the way to a new release, the old one serves again, or it is said that it does not."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import NotRestored
from ocrfleet.agent.proxy import HOLD
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.swaps import FAILING, fails, two
from tests.unit.agent.wanted import START_FIRST, STOP_FIRST, wanted

# What breaks on the way, by the first words of the call, and the last step that is in the journal then.
BREAKING = {
    "docker create": "prepared",
    "docker start": "prepared",
    "docker exec": "gated",
    "docker run": "gated",
    "save Caddyfile": "gated",
}


@pytest.mark.parametrize("call", BREAKING)
@pytest.mark.parametrize("kind", ["before", "after"])
def test_whatever_breaks_on_the_way_the_old_release_serves(serving: Host, strategy: str, call: str, kind: str) -> None:
    serving.world.break_on(call, kind)
    error = fails(serving, two(strategy, gate__health__seconds=2.0))
    steps, code = serving.steps, error.code
    serving.crash()
    serving.guard()
    assert serving.unrest() == []
    assert serving.serves() == 1
    assert code in {20, 30}
    assert BREAKING[call] in steps


def test_an_old_engine_that_cannot_be_stopped_goes_on_serving(serving: Host) -> None:
    serving.docker.stubborn.add("sha256:one")
    error = fails(serving, two(START_FIRST))
    assert serving.unrest() == []
    assert (error.code, serving.serves()) == (20, 1)
    assert "did not receive an exit event" in error.failed


def test_an_old_engine_that_ends_while_it_is_brought_back_is_started_once_more(serving: Host) -> None:
    """Its stop was asked for and cut short; it takes effect a moment later."""
    serving.image("two", FAILING["wrong text"])
    box = serving.box(1)
    start = serving.outside.seconds

    def ends() -> None:
        box.running = False

    serving.world.break_on("docker stop --time=30", "before")
    serving.image("one", Behaviour(health=((0, 200), (start - box.started_at, 503))))
    serving.outside.at(start + 3, ends)
    error = fails(serving, two(STOP_FIRST))
    assert serving.unrest() == []
    assert (error.code, serving.serves(), box.starts) == (20, 1, 2)


def test_an_old_release_that_does_not_get_healthy_again_is_not_called_serving(serving: Host) -> None:
    serving.image("two", FAILING["wrong text"])
    serving.image("one", Behaviour(health=((0, 503),)))
    error = fails(serving, two(STOP_FIRST))
    assert isinstance(error, NotRestored)
    assert error.as_json(serving="release 1", host="lab")["serving"] == "nothing: release 1 is not healthy"
    assert "release 1 was started again, but: /health was not 200 after 20 s: status 503: not ready" in error.failed
    assert serving.site.proxy.upstream() == serving.release(1).address


def test_an_old_release_that_is_ill_does_not_keep_a_good_one_out(serving: Host, strategy: str) -> None:
    serving.image("two", FAILING["wrong text"])
    serving.image("one", Behaviour(health=((0, 503),)))
    fails(serving, two(strategy))
    assert serving.deploy(wanted("three"))["release"] == 3
    assert serving.unrest() == []


def test_an_old_container_that_cannot_be_started_does_not_keep_a_good_one_out(serving: Host) -> None:
    serving.docker.unstartable.add("sha256:one")
    serving.image("two", FAILING["wrong text"])
    error = fails(serving, two(STOP_FIRST))
    assert (error.code, serving.engines()) == (30, [])
    assert serving.deploy(wanted("three"))["release"] == 3
    assert serving.unrest() == []


def test_requests_wait_while_an_old_engine_that_died_meanwhile_is_started(serving: Host) -> None:
    serving.image("two", FAILING["wrong text"])
    serving.outside.at(serving.outside.seconds + 1, lambda: setattr(serving.box(1), "running", False))
    serving.world.pointed.clear()
    assert fails(serving, two(START_FIRST)).code == 20
    assert serving.world.pointed == [HOLD, serving.release(1).address]


def test_an_old_container_somebody_removed_is_made_again_when_its_successor_fails(serving: Host, strategy: str) -> None:
    del serving.docker.boxes[serving.box(1).id]
    serving.image("two", FAILING["wrong text"])
    error = fails(serving, two(strategy))
    assert serving.unrest() == []
    assert (error.code, serving.serves()) == (20, 1)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(SystemExit("asked to stop (SIGTERM)"), "asked to stop (SIGTERM)"), (KeyboardInterrupt(), "KeyboardInterrupt")],
    ids=["TERM", "INT"],
)
def test_a_job_that_is_stopped_in_the_middle_restores_and_says_so(
    serving: Host, strategy: str, error: BaseException, reason: str
) -> None:
    serving.world.break_on("POST /v1/chat", "raise", error)
    failed = fails(serving, two(strategy))
    assert serving.unrest() == []
    assert failed.failed == f"release 2 did not take over: {reason}"


def test_a_commit_that_fails_without_effect_is_undone(serving: Host, strategy: str) -> None:
    serving.world.break_on("save state.json", "before")
    assert fails(serving, two(strategy)).code == 20
    assert serving.unrest() == []
    assert serving.serves() == 1


def test_a_stranger_with_the_name_of_our_engine_is_not_touched_by_a_restore(serving: Host) -> None:
    del serving.docker.boxes[serving.box(1).id]
    stranger = serving.docker.add("ocrfleet-lab-1", "sha256:theirs", running=True)
    serving.image("two", FAILING["wrong text"])
    assert fails(serving, two(START_FIRST)).code == 30
    assert serving.docker.named("ocrfleet-lab-1") is stranger
    assert stranger.running
