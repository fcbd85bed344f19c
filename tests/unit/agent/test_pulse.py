"""An engine that runs and does nothing is started anew; one that works, however long, is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocrfleet.agent.patience import Patience
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.stuck import BLIND, BUSY, IDLE, WEDGED, guard, restarts
from tests.unit.agent.wanted import wanted


def test_an_engine_in_which_no_request_finishes_is_started_anew(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 100)
    assert restarts(serving) == []
    guard(serving, 60)
    assert restarts(serving) == ["restarted: no request finished"]
    assert serving.box(1).starts == 2
    assert serving.unrest() == []


def test_an_engine_that_is_busy_and_gets_things_done_is_left_alone(serving: Host) -> None:
    for count in range(30):
        serving.image("one", Behaviour(metrics=BUSY.replace(b"7", str(count).encode()), page_seconds=99))
        guard(serving, 20)
    assert restarts(serving) == []


NOTHING_DONE = {
    "callers who give up": 'ocr_requests_total{outcome="read"} 3\nocr_requests_total{outcome="gone"} %d',
    "callers who are sent away": 'ocr_requests_total{outcome="read"} 3\nocr_requests_total{outcome="busy"} %d',
    "requests that are dropped": 'vllm:generation_tokens_total 3\nvllm:request_success_total{reason="abort"} %d',
    "pages that fail": 'ocr_completion_tokens_total 3\nhttp_requests_total{handler="/v1/completions",status="5xx"} %d',
    "questions for the models": 'vllm:generation_tokens_total 3\nhttp_requests_total{handler="/v1/models"} %d',
}


@pytest.mark.parametrize("told", NOTHING_DONE.values(), ids=NOTHING_DONE)
def test_what_ends_without_a_page_is_no_work(serving: Host, told: str) -> None:
    for minute in range(4):
        serving.image("one", replace(WEDGED, metrics=f"busy 1\n{told % minute}\n".encode()))
        guard(serving, 55)
    assert restarts(serving) == ["restarted: no request finished"]


def test_an_engine_that_writes_one_page_for_very_long_works(serving: Host) -> None:
    for minute in range(30):
        tokens = (
            f'busy 1\nvllm:generation_tokens_total {minute}\nvllm:request_success_total{{finished_reason="stop"}} 0\n'
        )
        serving.image("one", Behaviour(metrics=tokens.encode(), page_seconds=99))
        guard(serving, 55)
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
    guard(serving, 319)
    assert serving.pulse.pages.failures == 2
    serving.image("one", Behaviour(metrics=IDLE))
    guard(serving, 30)
    assert (serving.pulse.pages.failures, restarts(serving)) == (0, [])


def test_an_engine_that_works_is_asked_for_a_page_seldom(serving: Host) -> None:
    serving.world.calls.clear()
    guard(serving, 1000)
    assert 2 <= len([call for call in serving.world.calls if call.startswith("POST")]) <= 4
    assert serving.box(1).starts == 1


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
    guard(serving, 700)
    first = len(restarts(serving))
    guard(serving, 700)
    assert first > len(restarts(serving)) - first > 0


def test_pauses_of_restarts_have_their_own_limits() -> None:
    patience, now, pauses = Patience(60, 3600), 1000.0, []
    for _ in range(8):
        patience.next_start(now)
        pauses.append(patience.pause)
        now = patience.not_before
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
