"""Who was sent to a release that does not take over after all is answered before that one is stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.swaps import FAILING
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted

LIMIT, BUSY, NEVER = 300.0, 60.0, 9999.0
STOP = SystemExit("asked to stop (SIGTERM)")


def deploy(host: Host, strategy: str = START_FIRST) -> int:
    """Deploy the image two, with the drain limit of a GPU host."""
    wish = wanted("two", cutover__strategy=strategy, cutover__drain_seconds=LIMIT)
    code: int = host.job("deploy", wanted=wish, owner=OWNER)["code"]
    return code


def busy(host: Host, image: str, seconds: float) -> None:
    """Let engines of an image have a request in flight until so long after their start."""
    host.image(image, Behaviour(busy_until=seconds))


def lived(host: Host) -> float:
    """For how long the candidate ran."""
    ended = host.box(2).ended_at
    assert ended is not None
    return ended - host.box(2).started_at


@pytest.fixture
def switched(host: Host) -> Host:
    """A host whose old engine is busy for ever, so that a swap stays at `switched`; the candidate is busy a while."""
    host.deploy(wanted("one", cutover__drain_seconds=LIMIT))
    busy(host, "one", NEVER)
    busy(host, "two", BUSY)
    return host


def ten_seconds_later(host: Host) -> float:
    """When the swap is at `switched`."""
    return host.outside.seconds + 10


def abort(host: Host) -> None:
    """The job is asked to stop while the old engine is drained."""
    host.outside.at(ten_seconds_later(host), lambda: host.world.break_on("sleep", error=STOP))


def test_who_the_candidate_still_answers_is_answered_after_an_abort(switched: Host) -> None:
    abort(switched)
    assert deploy(switched) == 20
    assert BUSY <= lived(switched) < BUSY + 5
    assert "release 1 serves again; release 2 answers what it was asked" in switched.said
    assert (switched.serves(), switched.unrest()) == (1, [])


def test_a_docker_that_does_not_answer_for_a_moment_cuts_nobody_off(switched: Host) -> None:
    later = ten_seconds_later(switched) + 5
    abort(switched)
    switched.outside.at(later, lambda: switched.world.break_on("docker container inspect"))
    switched.outside.at(later + 3, switched.world.revive)
    assert deploy(switched) == 20
    assert BUSY <= lived(switched) < BUSY + 5


def test_new_requests_go_to_the_old_engine_meanwhile(switched: Host) -> None:
    seen: list[int | None] = []
    abort(switched)
    switched.outside.at(switched.outside.seconds + 30, lambda: seen.append(switched.serves()))
    deploy(switched)
    assert seen == [1]


def test_a_candidate_that_never_ends_has_as_long_as_an_old_engine(switched: Host) -> None:
    busy(switched, "two", NEVER)
    abort(switched)
    deploy(switched)
    assert LIMIT <= lived(switched) < LIMIT + 30


def test_a_candidate_that_nobody_was_sent_to_is_stopped_at_once(switched: Host) -> None:
    switched.image("two", replace(FAILING["wrong text"], busy_until=NEVER))
    began = switched.outside.seconds
    assert deploy(switched) == 20
    assert switched.outside.seconds - began < 15


def test_where_the_old_engine_ends_after_all_nobody_waits_for_the_candidate(switched: Host) -> None:
    """A stop that was asked for before takes effect while the candidate is waited for."""
    busy(switched, "two", NEVER)
    began = switched.outside.seconds
    abort(switched)
    switched.outside.at(began + 20, lambda: setattr(switched.box(1), "running", False))
    deploy(switched)
    assert lived(switched) < 30
    assert (switched.serves(), switched.unrest()) == (1, [])


def test_with_stop_first_the_old_engine_is_started_before_anybody_is_waited_for(serving: Host) -> None:
    busy(serving, "two", NEVER)
    serving.world.break_on("save state.json")
    assert deploy(serving, STOP_FIRST) == 20
    assert lived(serving) < 15


@pytest.mark.parametrize("call", ["GET /metrics", "save upstream"])
def test_after_the_job_s_death_the_guard_gives_the_candidate_a_moment_and_no_more(switched: Host, call: str) -> None:
    busy(switched, "two", NEVER)
    if call == "GET /metrics":
        switched.outside.at(ten_seconds_later(switched), lambda: switched.world.break_on(call, "die"))
    else:
        switched.world.break_on(call, "die")
    assert deploy(switched) == -1
    switched.crash()
    if call != "GET /metrics":
        switched.site.proxy.point(switched.release(2).address)
    began = switched.outside.seconds
    switched.guard(looks=1)
    assert 10 <= switched.outside.seconds - began < 15
    assert (switched.serves(), switched.unrest()) == (1, [])


def test_the_guard_waits_also_where_requests_went_back_already(switched: Host) -> None:
    switched.outside.at(ten_seconds_later(switched), lambda: switched.world.break_on("GET /metrics", "die"))
    deploy(switched)
    switched.crash()
    switched.site.proxy.point(switched.release(1).address)
    began = switched.outside.seconds
    switched.guard(looks=1)
    assert switched.outside.seconds - began >= 10


def test_the_guard_lets_a_candidate_answer_that_is_nearly_done(switched: Host) -> None:
    switched.outside.at(switched.outside.seconds + BUSY - 3, lambda: switched.world.break_on("GET /metrics", "die"))
    assert deploy(switched) == -1
    switched.crash()
    switched.guard(looks=1)
    assert lived(switched) >= BUSY
