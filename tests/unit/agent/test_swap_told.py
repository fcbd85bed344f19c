"""What a swap tells: the four parts of every message after a failure, and what it measured and wrote down."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.agent.journal import Entry
from ocrfleet.agent.restore import recover
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.swaps import FAILING, fails, two
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted

HALF_WAY = "the swap was left half-way; the guard goes on trying to restore what served before"
NEW_PROXY = [*wanted()["service"]["proxy"]["run"], "--new"]


def told(host: Host, wish: dict[str, Any]) -> dict[str, Any]:
    """Deploy, and return what the operator is told."""
    error: dict[str, Any] = host.job("deploy", wanted=wish, owner=OWNER)["error"]
    return error


def no_docker_after(host: Host, call: str) -> None:
    """Docker goes away at a call and stays away."""
    host.world.break_on(call, "away")


def test_what_could_not_be_restored_is_told_in_four_parts(serving: Host) -> None:
    no_docker_after(serving, "POST /v1/chat")
    serving.image("two", FAILING["wrong text"])
    error = told(serving, two(STOP_FIRST))
    assert error.pop("failed").startswith("release 2 did not take over (")
    assert error == {
        "code": 30,
        "serving": "not known; it should be release 1",
        "changed": HALF_WAY,
        "next": "ocrfleet status lab",
    }


def test_a_first_release_that_could_not_be_undone_is_told_in_four_parts(host: Host) -> None:
    host.image("one", FAILING["wrong text"])
    no_docker_after(host, "POST /v1/chat")
    error = told(host, wanted("one"))
    assert "; what served before could not be restored: " in error.pop("failed")
    assert error == {"code": 30, "serving": "not known", "changed": HALF_WAY, "next": "ocrfleet status lab"}


def test_an_old_release_that_is_ill_is_told_in_four_parts(serving: Host) -> None:
    serving.image("two", FAILING["wrong text"])
    serving.image("one", Behaviour(health=((0, 503),)))
    error = told(serving, two(STOP_FIRST))
    assert error.pop("failed").startswith("release 2 did not take over: ")
    assert error == {
        "code": 30,
        "serving": "nothing: release 1 is not healthy",
        "changed": "requests go to release 1 again; the guard starts it whenever it ends",
        "next": "ocrfleet status lab",
    }


@pytest.mark.parametrize(
    ("before", "kept"), [(True, "the release that served before serves again"), (False, "nothing was serving before")]
)
def test_a_release_that_did_not_take_over_is_told_in_four_parts(host: Host, *, before: bool, kept: str) -> None:
    if before:
        host.deploy(wanted("one"))
    number = 2 if before else 1
    host.image("two", FAILING["wrong text"])
    error = told(host, wanted("two"))
    assert error.pop("failed").startswith(f"release {number} did not take over: ")
    assert error.pop("serving").startswith("release 1 since" if before else "nothing")
    assert error == {
        "code": 20,
        "changed": f"nothing that serves; {kept}, and release {number} is kept, stopped, for its logs",
        "next": f"ocrfleet logs lab --release {number}",
    }


def test_a_named_cause_follows_what_failed(serving: Host) -> None:
    serving.docker.unstartable.add("sha256:two")
    lines = told(serving, wanted("two"))["failed"].splitlines()
    assert lines[0].startswith("release 2 did not take over: docker start")
    assert lines[-1].startswith("the cause, by its log: the container does not see a GPU")


def test_a_restore_says_where_requests_go(serving: Host) -> None:
    serving.image("two", FAILING["wrong text"])
    told(serving, two(STOP_FIRST))
    assert "requests go to release 1 again" in serving.said


def test_every_step_is_written_with_the_way_and_the_boot(serving: Host, strategy: str) -> None:
    serving.deploy(two(strategy))
    (first, *_) = entries = serving.site.journal.entries()
    assert first == Entry(first.swap, "prepared", 2, 1, strategy, "boot-1")
    assert {(one.strategy, one.boot, one.to, one.previous) for one in entries} == {(strategy, "boot-1", 2, 1)}


def test_who_waits_is_answered_before_the_proxy_is_replaced(serving: Host, strategy: str) -> None:
    serving.world.calls.clear()
    serving.deploy(two(strategy, proxy__run=NEW_PROXY))
    calls = serving.world.calls
    stopped = calls.index("docker stop --time=4")
    pointed = len(calls) - 1 - calls[::-1].index("save upstream")
    assert (pointed < stopped) == (strategy == STOP_FIRST)


def test_how_long_nobody_answered_is_measured_and_told(serving: Host, strategy: str) -> None:
    serving.deploy(two(strategy, proxy__run=NEW_PROXY))
    release = serving.release(2)
    proxy, outage = release.proxy_seconds, release.outage_seconds
    assert proxy is not None
    assert outage is not None
    assert f"the proxy was replaced: nobody answered for {proxy:.1f} s" in serving.said
    assert 0 < proxy < 5
    assert outage == proxy if strategy == START_FIRST else proxy < outage < 15
    assert (outage, proxy) == (round(outage, 2), round(proxy, 2))
    assert outage != int(outage)


def test_a_release_that_took_over_is_not_stopped_any_more(serving: Host) -> None:
    serving.ask("stop")
    serving.deploy(wanted("two"))
    assert serving.site.state().stopped is False


def test_a_damaged_state_does_not_make_an_open_swap_a_good_one(serving: Host) -> None:
    serving.world.break_on("POST /v1/chat", "die")
    serving.job("deploy", wanted=two(STOP_FIRST), owner=OWNER)
    serving.crash()
    serving.home.state.write_text("{")
    recover(serving.site)
    assert (serving.steps[-1], serving.states[2]) == ("restored", "failed")


@pytest.mark.parametrize("call", ["POST /v1/chat", "docker logs"])
def test_what_cannot_be_written_about_a_failure_does_not_change_its_outcome(serving: Host, call: str) -> None:
    serving.image("two", FAILING["wrong text"])
    if call == "docker logs":
        serving.image("two", Behaviour(exits_at=0.2, exit_code=137))
    serving.world.break_on(call, "full")
    assert fails(serving, wanted("two")).code == 20
    assert serving.serves() == 1
