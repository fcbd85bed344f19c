"""The guard lets every engine read the golden page, at a pace that suits it, and waits for none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocrfleet.agent.pages import time_limit
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.stuck import BLIND, IDLE, guard, restarts
from tests.unit.agent.wanted import wanted

MOVING = b"busy 1\ngenerated_tokens_total %d\n"


def slow(host: Host, seconds: float, allowed: float = 300.0) -> None:
    """Serve with an engine whose page took so long in the gate."""
    host.image("one", Behaviour(page_seconds=seconds, metrics=IDLE))
    host.deploy(wanted("one", gate__page={**wanted()["service"]["gate"]["page"], "seconds": allowed}))
    host.world.asked.clear()


def rounds(host: Host, seconds: float) -> None:
    """Many rounds of the guard, with more time between two than there is."""
    end = host.outside.seconds + seconds
    while host.outside.seconds < end:
        host.guard(looks=1)
        host.outside.wait(12)


@pytest.mark.parametrize("seconds", [5.5, 25.0])
def test_an_engine_that_is_slow_by_nature_is_probed_too(host: Host, seconds: float) -> None:
    slow(host, seconds)
    host.image("one", BLIND)
    guard(host, 400)
    assert restarts(host) == ["restarted: golden page not read"]


def test_a_slow_engine_that_answers_nothing_at_all_is_started_anew(host: Host) -> None:
    slow(host, 25.0)
    host.image("one", Behaviour(page_seconds=999, metrics=IDLE))
    guard(host, 650)
    assert restarts(host) == ["restarted: golden page not read"]


@pytest.mark.parametrize(("seconds", "now"), [(5.5, 15.0), (60.0, 170.0), (250.0, 290.0)])
def test_an_engine_is_not_started_anew_for_being_slow(host: Host, seconds: float, now: float) -> None:
    slow(host, seconds)
    host.image("one", Behaviour(page_seconds=now, metrics=IDLE))
    rounds(host, 9000)
    assert len(host.world.asked) >= 3
    assert (restarts(host), host.box(1).starts) == ([], 1)


@pytest.mark.parametrize("seconds", [5.5, 60.0, 250.0])
def test_a_slow_engine_keeps_nine_tenths_of_its_time_for_others(host: Host, seconds: float) -> None:
    slow(host, seconds)
    rounds(host, 9000)
    assert 3 < len(host.world.asked) < 2 + 9000 / 10 / seconds


def test_a_page_that_takes_long_while_something_gets_done_is_no_failure(host: Host) -> None:
    slow(host, 25.0)
    for tokens in range(40):
        told = f"busy 0\ngenerated_tokens_total {tokens}\n".encode()
        host.image("one", Behaviour(page_seconds=999, metrics=told))
        rounds(host, 60)
    assert len(host.world.asked) > 3
    assert (host.pulse.pages.failures, restarts(host)) == (0, [])


@pytest.mark.parametrize("busy", [Behaviour(metrics=b"busy 8\n"), Behaviour(metrics_late=True)], ids=["gauge", "late"])
@pytest.mark.parametrize(("took", "now"), [(25.0, 100.0), (2.0, 20.0)])
def test_an_engine_that_does_not_tell_what_it_gets_done_is_not_started_anew_for_being_slow(
    host: Host, busy: Behaviour, took: float, now: float
) -> None:
    slow(host, took)
    host.image("one", replace(busy, page_seconds=now))
    guard(host, 3000)
    assert restarts(host) == []


def test_a_page_that_failed_once_does_not_count_for_ever(host: Host) -> None:
    slow(host, 0.5, allowed=30.0)
    host.image("one", BLIND)
    while not host.pulse.pages.failures:
        guard(host, 3)
    for done in range(9):
        host.image("one", Behaviour(page_seconds=0.5, metrics=MOVING % done))
        guard(host, 3)
    guard(host, 200)
    assert restarts(host) == []


def test_an_engine_that_writes_on_and_on_is_heard_to_its_end(serving: Host) -> None:
    """A loop gets something done, too: only the whole answer shows that it is no page."""
    serving.deploy(wanted("two", gate__page={**wanted()["service"]["gate"]["page"], "seconds": 200.0}))
    for tokens in range(40):
        told = f"busy 0\ngenerated_tokens_total {tokens}\n".encode()
        serving.image("two", Behaviour(page_seconds=140, text="!!!!!!", metrics=told))
        rounds(serving, 40)
    assert set(restarts(serving)) == {"restarted: golden page not read"}


def test_the_guard_looks_after_the_rest_while_a_page_is_read(host: Host) -> None:
    slow(host, 100.0)
    guard(host, 320)
    assert host.pulse.pages.asked is not None
    before = host.outside.seconds
    host.guard(looks=1)
    assert host.outside.seconds - before < 5
    host.proxy.running = False
    host.guard(looks=1)
    assert host.proxy.running


def test_nobody_who_changes_something_waits_for_a_page(host: Host) -> None:
    slow(host, 100.0)
    guard(host, 320)
    with host.alone():
        host.guard(looks=1)
    assert [one.is_dropped for one in host.world.asked] == [True]
    assert host.pulse.pages.asked is None


def test_requests_without_a_page_are_no_reason_where_the_golden_page_is_read(serving: Host) -> None:
    """Callers may send nothing but what has to be refused, or take minutes to send it."""
    serving.image("one", Behaviour(metrics=b"busy 1\ngenerated_tokens_total 7\n"))
    rounds(serving, 1200)
    assert len(serving.world.asked) > 3
    assert restarts(serving) == []


@pytest.mark.parametrize(
    ("took", "allowed", "limit"), [(0.0, 300, 15), (2.0, 300, 15), (20.0, 300, 60), (200.0, 300, 300), (3.0, 5, 15)]
)
def test_a_page_may_take_a_few_times_as_long_as_in_the_gate(took: float, allowed: float, limit: float) -> None:
    assert time_limit(took, allowed) == limit
