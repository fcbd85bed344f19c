"""An engine that runs and does nothing is started anew; one that works, however long, is left alone."""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import replace

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.guard import beat, watch
from ocrfleet.agent.metrics import Work, measure_work
from ocrfleet.agent.patience import Patience
from ocrfleet.agent.pulse import LEAST_STUCK, attend
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

BUSY = b'busy{model="x"} 1\nrequests_total 7\nprocess_cpu_seconds_total 3\n'
IDLE = b"busy 0\nrequests_total 7\n"
WEDGED = Behaviour(metrics=BUSY, page_seconds=99)
BLIND = Behaviour(metrics=IDLE, page_status=500, page_body=b"EngineDeadError")


def guard(host: Host, seconds: float) -> None:
    """The guard's rounds for so long."""
    end = host.outside.seconds + seconds
    while host.outside.seconds < end:
        host.guard(looks=1)


def restarts(host: Host) -> list[str]:
    """What the audit knows of engines that were started anew."""
    lines = host.ask("audit", last=100)["result"]["lines"]
    return [line["outcome"] for line in lines if line["what"] == "restart"]


def test_an_engine_in_which_no_request_finishes_is_started_anew(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 100)
    assert restarts(serving) == []
    guard(serving, 60)
    assert restarts(serving) == ["restarted: no request finished"]
    assert serving.box(1).starts == 2
    assert serving.unrest() == []


def test_an_engine_that_is_busy_and_gets_things_done_is_left_alone(serving: Host) -> None:
    for count in range(60):
        serving.image("one", Behaviour(metrics=BUSY.replace(b"7", str(count).encode()), page_seconds=99))
        guard(serving, 20)
    assert restarts(serving) == []


def test_a_page_may_take_as_long_as_its_gate_allows_twice_over(serving: Host) -> None:
    serving.deploy(wanted("two", gate__page={**wanted()["service"]["gate"]["page"], "seconds": 200.0}))
    serving.image("two", WEDGED)
    guard(serving, 390)
    assert restarts(serving) == []
    guard(serving, 60)
    assert len(restarts(serving)) == 1


def test_an_idle_engine_that_does_not_read_any_more_is_started_anew_after_three_tries(serving: Host) -> None:
    serving.image("one", BLIND)
    guard(serving, 320)
    assert restarts(serving) == []
    assert "does not read: golden page: status 500: EngineDeadError" in serving.said[-1]
    guard(serving, 30)
    assert restarts(serving) == ["restarted: golden page not read"]


@pytest.mark.parametrize(
    "ill", [Behaviour(text="!!!!!!", metrics=IDLE), Behaviour(page_seconds=99, metrics=IDLE)], ids=["garbage", "hangs"]
)
def test_health_and_a_status_200_are_not_reading(serving: Host, ill: Behaviour) -> None:
    serving.image("one", ill)
    guard(serving, 420)
    assert restarts(serving) == ["restarted: golden page not read"]


def test_two_failures_and_a_success_are_no_reason(serving: Host) -> None:
    guard(serving, 6)
    serving.image("one", BLIND)
    guard(serving, 316)
    assert serving.pulse.page_failures == 2
    serving.image("one", Behaviour(metrics=IDLE))
    guard(serving, 30)
    assert (serving.pulse.page_failures, restarts(serving)) == (0, [])


def test_an_engine_that_works_is_asked_for_a_page_seldom(serving: Host) -> None:
    serving.world.calls.clear()
    guard(serving, 1000)
    assert 2 <= len([call for call in serving.world.calls if call.startswith("POST")]) <= 4
    assert serving.box(1).starts == 1


def test_an_engine_that_is_slow_by_nature_is_not_asked_for_pages(host: Host) -> None:
    host.image("one", Behaviour(page_seconds=5.5))
    host.deploy(wanted("one", gate__page={**wanted()["service"]["gate"]["page"], "seconds": 60.0}))
    host.world.calls.clear()
    guard(host, 700)
    assert not [call for call in host.world.calls if call.startswith("POST")]


def test_an_engine_that_does_not_count_is_judged_by_the_page_alone(serving: Host) -> None:
    serving.image("one", Behaviour(metrics=b"busy 1\n"))
    guard(serving, 700)
    assert restarts(serving) == []
    serving.image("one", replace(BLIND, metrics=b"busy 1\n"))
    guard(serving, 400)
    assert restarts(serving) == ["restarted: golden page not read"]


def test_an_engine_that_is_not_healthy_for_longer_than_a_start_may_take_is_started_anew(serving: Host) -> None:
    serving.image("one", Behaviour(health=((0, 503),)))
    guard(serving, 15)
    assert restarts(serving) == []
    guard(serving, 15)
    assert restarts(serving) == ["restarted: not healthy"]


def test_an_engine_that_gets_healthy_in_time_is_left_alone(serving: Host) -> None:
    serving.image("one", Behaviour(listens_at=18))
    serving.reboot()
    guard(serving, 60)
    assert restarts(serving) == []


def test_restarts_that_do_not_help_get_ever_rarer(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 6 * 3600)
    assert 6 <= len(restarts(serving)) <= 14


def test_pauses_of_restarts_have_their_own_limits() -> None:
    patience, now, pauses = Patience(60, 3600), 1000.0, []
    for _ in range(8):
        patience.next_start(now)
        pauses.append(patience.pause)
        now = patience.not_before
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_while_somebody_is_at_work_nothing_is_restarted_and_all_that_was_seen_is_forgotten(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 120)
    with serving.alone():
        guard(serving, 300)
    assert restarts(serving) == []
    guard(serving, 100)
    assert restarts(serving) == []
    guard(serving, 60)
    assert len(restarts(serving)) == 1


def test_who_takes_the_lock_in_the_last_moment_is_not_disturbed(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 100)
    assert serving.pulse.stuck_since is not None
    serving.outside.wait(LEAST_STUCK)
    held: list[int] = []

    def take() -> None:
        held.append(locks.acquire(serving.world, serving.home.cutover_lock, {"what": "deploy", "who": "bo"}))

    serving.outside.at(serving.outside.seconds + 0.01, take)
    attend(serving.site, serving.pulse)
    assert held != []
    assert (restarts(serving), serving.box(1).starts) == ([], 1)


@pytest.mark.parametrize("verb", ["stop", "deploy"])
def test_what_changed_between_the_look_and_the_lock_is_seen(serving: Host, verb: str) -> None:
    serving.image("one", WEDGED)
    guard(serving, 100)
    serving.outside.wait(LEAST_STUCK)

    def change() -> None:
        beat(serving.site)
        serving.image("one", Behaviour())
        serving.job(verb, wanted=wanted("two"), owner=OWNER) if verb == "deploy" else serving.ask(verb)
        serving.image("one", WEDGED)

    serving.outside.at(serving.outside.seconds + 0.01, change)
    attend(serving.site, serving.pulse)
    assert restarts(serving) == []
    assert serving.engines() == ([2] if verb == "deploy" else [])


def test_a_service_stopped_on_purpose_is_not_looked_at(serving: Host) -> None:
    serving.ask("stop")
    serving.world.calls.clear()
    guard(serving, 600)
    assert not [call for call in serving.world.calls if call.startswith(("GET", "POST"))]


def test_a_new_release_starts_with_a_clean_slate(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 110)
    serving.image("two", Behaviour(metrics=IDLE))
    beat(serving.site)
    assert serving.job("deploy", wanted=wanted("two"), owner=OWNER)["code"] == 0
    guard(serving, 60)
    assert restarts(serving) == []


def test_a_restart_that_fails_is_tried_again(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 110)
    serving.world.break_on("docker stop")
    guard(serving, 60)
    serving.world.revive()
    guard(serving, 150)
    assert restarts(serving) == ["restarted: no request finished"]


def test_a_guard_that_dies_anywhere_while_it_restarts_leaves_the_rest_to_the_next_one(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 100)
    serving.outside.wait(LEAST_STUCK)
    before, pulse = serving.photograph(), serving.pulse
    for n in range(1, 100):
        serving.go_back(before)
        serving.pulse = copy.deepcopy(pulse)
        serving.world.break_at(n, "die")
        with suppress(Died):
            attend(serving.site, serving.pulse)
        if not serving.world.dead:
            break
        serving.crash()
        serving.guard(looks=2)
        assert serving.unrest() == [], serving.world.calls
    assert n > 10
    assert serving.box(1).starts == 2


def test_the_guard_never_seems_dead_while_it_looks(serving: Host) -> None:
    serving.image("one", Behaviour(metrics_late=True, page_seconds=99))
    for _ in range(200):
        before = serving.outside.seconds
        serving.guard(looks=1)
        assert serving.outside.seconds - before < 30


METRICS = {
    b'vllm:num_requests_running 1\nbusy 2\nvllm:request_success_total{reason="stop"} 5\n': Work(2, 5),
    b'busy 1\nvllm:generation_tokens_total{model="x"} 12\nvllm:request_success_total 3\n': Work(1, 15),
    b'busy 1\nhttp_requests_total{handler="/health"} 9\nhttp_requests_total{handler="/v1"} 4\n': Work(1, 4),
    b"busy 1\nprocess_cpu_seconds_total 9\npython_gc_objects_collected_total 9\n": Work(1, None),
    b"nothing of ours\n": Work(float("inf"), None),
}


@pytest.mark.parametrize("text", METRICS)
def test_what_an_engine_tells_of_its_work(serving: Host, text: bytes) -> None:
    serving.image("one", Behaviour(metrics=text))
    assert measure_work(serving.site, serving.release(1)) == METRICS[text]


def test_an_engine_that_is_gone_or_late_is_told_apart(serving: Host) -> None:
    serving.image("one", Behaviour(metrics_late=True))
    assert measure_work(serving.site, serving.release(1)) == Work(float("inf"))
    serving.box(1).running = False
    assert measure_work(serving.site, serving.release(1)) == Work(None)


class Enough(BaseException):
    """Ends a loop that has no end."""


def test_the_guards_own_loop_looks_for_it(serving: Host) -> None:
    def end() -> None:
        raise Enough

    serving.image("one", WEDGED)
    serving.outside.at(serving.outside.seconds + 150, end)
    with pytest.raises(Enough):
        watch(serving.site, 3.0)
    assert restarts(serving) == ["restarted: no request finished"]
