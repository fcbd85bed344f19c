"""A guard that lives is known to be alive, also in the middle of long work; one that hangs is not, for ever."""

from __future__ import annotations

import json
from contextlib import suppress

from ocrfleet.agent import locks
from ocrfleet.agent.alive import QUIET_SECONDS, guard_alive, working
from ocrfleet.agent.errors import NotUp
from ocrfleet.agent.guard import go_round
from ocrfleet.agent.world import COMMAND_SECONDS
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, STOP_FIRST, wanted

GUARD = {"what": "guard", "who": locks.GUARD}
LONG = 31.0


def watched(host: Host, seconds: int) -> list[bool]:
    """What is said of the guard in every second to come."""
    seen: list[bool] = []
    for second in range(seconds):
        host.outside.at(host.outside.seconds + second, lambda: seen.append(guard_alive(host.site)))
    return seen


def test_a_guard_that_restores_for_long_is_alive_all_the_time_and_afterwards(host: Host) -> None:
    host.outside.memory_gib = 18.0
    host.deploy(wanted("one"))
    host.image("two", Behaviour(holds_gib=12.0, holds_on=25.0))
    host.world.break_on("POST /v1/chat", "die")
    host.job("deploy", wanted=wanted("two", cutover__strategy=STOP_FIRST), owner=OWNER)
    host.image("one", Behaviour(listens_at=200))
    host.crash()
    began, seen = host.outside.seconds, watched(host, 60)
    go_round(host.site, host.patience, host.pulse)
    assert len(seen) > host.outside.seconds - began > QUIET_SECONDS
    assert all(seen)
    assert guard_alive(host.site)
    host.outside.wait(LONG)
    assert not guard_alive(host.site)


def test_whoever_is_next_finds_a_guard_that_is_alive(host: Host) -> None:
    """It lets the lock go, and in the same moment a deploy asks whether it is alive."""
    with suppress(NotUp), working(host.site, "guard"):
        host.outside.wait(LONG)
        raise NotUp("it failed at what it did")
    assert guard_alive(host.site)


def test_a_guard_at_work_is_alive_but_not_for_ever(host: Host) -> None:
    with locks.hold(host.world, host.home.cutover_lock, GUARD):
        host.outside.wait(COMMAND_SECONDS + LONG)
        assert guard_alive(host.site)
        host.outside.wait(600)
        assert not guard_alive(host.site)


def test_somebody_else_at_work_is_no_guard(host: Host) -> None:
    with host.alone():
        host.outside.wait(LONG)
        assert not guard_alive(host.site)


def test_a_guard_that_died_at_work_is_not_alive(host: Host) -> None:
    """A command that it started may hold the lock for a while yet."""
    with locks.hold(host.world, host.home.cutover_lock, GUARD):
        signed = json.loads(host.home.cutover_lock.read_text())
        host.home.cutover_lock.write_text(json.dumps({**signed, "pid": 4_194_999}))
        host.outside.wait(LONG)
        assert not guard_alive(host.site)
