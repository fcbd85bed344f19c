"""A release takes over once it has passed its gate; on any other way out the one before it serves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ocrfleet.agent.errors import HostError, NotRestored, Restored
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import START_FIRST, STOP_FIRST, wanted

GOOD = Behaviour()
FAILING = {
    "exits at once": replace(GOOD, exits_at=0.1),
    "never listens": replace(GOOD, listens_at=99),
    "never healthy": replace(GOOD, health=((0, 503),)),
    "another model": replace(GOOD, models=b'{"data": []}'),
    "wrong text": replace(GOOD, text="lorem ipsum dolor sit amet, consectetur"),
    "one word again and again": replace(GOOD, text="Invoice " * 20),
    "cut off": replace(GOOD, finish="length"),
    "error 500": replace(GOOD, page_status=500),
    "hangs": replace(GOOD, page_seconds=99),
    "dies soon": replace(GOOD, exits_at=1.6),
}
# What breaks on the way, by the first words of the call, and the last step that is in the journal then.
BREAKING = {
    "docker create": "prepared",
    "docker start": "prepared",
    "docker exec": "gated",
    "docker run": "gated",
    "save Caddyfile": "gated",
}


@pytest.fixture(params=[START_FIRST, STOP_FIRST])
def strategy(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def two(strategy: str, **more: Any) -> dict[str, Any]:
    return wanted("two", cutover__strategy=strategy, proxy__caddyfile="http://:8080 # two\n", **more)


def fails(host: Host, wish: dict[str, Any]) -> HostError:
    """Deploy, and return what it raised."""
    with pytest.raises(HostError) as failed:
        host.deploy(wish)
    return failed.value


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
    assert serving.world.calls.index("docker stop --time=30") < serving.world.calls.index(
        "docker create --name=ocrfleet-lab-2"
    )


@pytest.mark.parametrize("bad", FAILING)
def test_a_release_that_fails_its_gate_leaves_the_old_one_serving(serving: Host, strategy: str, bad: str) -> None:
    serving.image("two", FAILING[bad])
    error = fails(serving, two(strategy))
    assert serving.unrest() == []
    assert (error.code, serving.serves(), serving.engines()) == (20, 1, [1])
    assert serving.steps[-1] == "restored"


@pytest.mark.parametrize("bad", FAILING)
def test_a_release_that_failed_its_gate_is_kept_stopped_with_its_log_and_why(
    serving: Host, strategy: str, bad: str
) -> None:
    serving.image("two", FAILING[bad])
    serving.docker.logs["sha256:two"] = "ValueError: no GPU\n"
    error = fails(serving, two(strategy))
    assert not serving.box(2).running
    assert (serving.home.release(2) / "log").read_text() == "ValueError: no GPU\n"
    assert serving.states == {1: "good", 2: "failed"}
    assert serving.release(2).reason in error.failed  # type: ignore[operator]


MEASURED = {
    "exits at once": {"passed", "why"},
    "never healthy": {"passed", "why"},
    "another model": {"passed", "why", "ready_seconds"},
    "cut off": {"passed", "why", "ready_seconds", "seconds"},
    "dies soon": {"passed", "why", "ready_seconds", "seconds", "cer"},
}


@pytest.mark.parametrize("bad", MEASURED)
def test_what_a_gate_measured_until_it_failed_is_in_the_record(serving: Host, strategy: str, bad: str) -> None:
    serving.image("two", FAILING[bad])
    error = fails(serving, two(strategy))
    gate = serving.release(2).gate
    assert (set(gate), gate["passed"]) == (MEASURED[bad], False)
    assert error.failed.startswith(f"release 2 did not take over: {gate['why']}")


def test_the_error_rate_of_a_text_that_is_too_wrong_is_in_the_record(serving: Host) -> None:
    serving.image("two", replace(GOOD, text="Outgo 117 Please pay 1,234.50 USD."))
    fails(serving, two(START_FIRST))
    assert serving.release(2).gate["cer"] == pytest.approx(0.278, abs=0.001)


def test_a_proxy_that_refuses_its_configuration_is_no_gate_that_failed(serving: Host) -> None:
    serving.world.break_on("docker exec")
    fails(serving, two(START_FIRST))
    assert serving.release(2).gate == {}


def test_the_message_has_four_parts_and_a_command_to_type(serving: Host, strategy: str) -> None:
    serving.image("two", FAILING["cut off"])
    said = fails(serving, two(strategy)).as_json(serving=serving.site.serving_sentence(), host="lab")
    assert said == {
        "code": 20,
        "failed": "release 2 did not take over: golden page: the answer ended by 'length', not 'stop'; "
        "it read 'Invoice 117 Please pay 1,234.50 EUR.'",
        "serving": f"release 1 since {SINCE}",
        "changed": "nothing that serves; the release that served before serves again, and release 2 is kept, "
        "stopped, for its logs",
        "next": "ocrfleet logs lab --release 2",
    }


SINCE = "2026-01-01 01:23:23 UTC"


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


def test_a_candidate_that_cannot_be_stopped_is_said_and_stopped_later(serving: Host) -> None:
    serving.image("two", FAILING["wrong text"])
    serving.docker.stubborn.add("sha256:two")
    error = fails(serving, two(START_FIRST))
    assert (error.code, serving.serves()) == (30, 1)
    serving.docker.stubborn.clear()
    serving.guard()
    assert serving.unrest() == []


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


def test_an_old_container_somebody_removed_is_made_again_when_its_successor_fails(serving: Host, strategy: str) -> None:
    del serving.docker.boxes[serving.box(1).id]
    serving.image("two", FAILING["wrong text"])
    error = fails(serving, two(strategy))
    assert serving.unrest() == []
    assert (error.code, serving.serves()) == (20, 1)


def test_a_first_release_that_fails_leaves_nothing_serving(host: Host) -> None:
    host.image("one", FAILING["wrong text"])
    error = fails(host, wanted("one"))
    assert isinstance(error, Restored)
    assert (host.engines(), host.site.state().serving) == ([], None)
    assert "nothing was serving before" in error.changed
    host.guard()
    assert host.engines() == []


def test_after_a_first_release_that_failed_a_good_one_serves(host: Host) -> None:
    host.image("one", FAILING["wrong text"])
    fails(host, wanted("one"))
    assert host.deploy(wanted("two"))["release"] == 2
    assert host.unrest() == []


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


def test_a_stranger_with_the_name_of_our_engine_is_not_touched_by_a_restore(serving: Host) -> None:
    del serving.docker.boxes[serving.box(1).id]
    stranger = serving.docker.add("ocrfleet-lab-1", "sha256:theirs", running=True)
    serving.image("two", FAILING["wrong text"])
    assert fails(serving, two(START_FIRST)).code == 30
    assert serving.docker.named("ocrfleet-lab-1") is stranger
    assert stranger.running
