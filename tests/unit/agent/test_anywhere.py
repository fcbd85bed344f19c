"""Whatever call of a deploy is the last one, or the one that fails, the service comes back by itself.

A deploy is run once untouched to count its calls; then once for every call, broken there. Clock readings are left out:
what breaks at one is seen at the call after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from ocrfleet.agent.hooks import HOOKS
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted

OLD, NEW = 2, 3
# What serves after each exit code that tells; the others say that it is not known.
TRUTH = {0: NEW, 10: OLD, 20: OLD}
CLOCKS = {"clock", "now", "boot", "program"}
# What changes about the proxy: with the one it reads a new configuration, with the other it is replaced.
PROXIES: dict[str, dict[str, Any]] = {
    START_FIRST: {"proxy__caddyfile": "http://:8080 # new\n"},
    STOP_FIRST: {"proxy__run": [*wanted()["service"]["proxy"]["run"], "--new"]},
}


@pytest.fixture
def base(host: Host) -> Host:
    """Release 2 serves, release 1 is the one before it; the next deploy prunes release 1. Every hook is there."""
    host.hook(*HOOKS)
    host.deploy(wanted("one"))
    host.deploy(wanted("two"))
    return host


def wish(strategy: str) -> dict[str, Any]:
    """The third release."""
    return wanted("three", cutover__strategy=strategy, keep=1, gate__health__seconds=2.0, **PROXIES[strategy])


def broken(
    host: Host, wish: dict[str, Any] | None, kind: str, error: BaseException | None = None
) -> Iterator[tuple[dict[str, Any], str]]:
    """For every call of a deploy, or of a rollback: how the job ended that was broken there, and where that was."""

    def work() -> dict[str, Any]:
        return host.job("deploy", wanted=wish, owner=OWNER) if wish else host.job("rollback")

    before = host.photograph()
    host.world.calls.clear()
    assert work()["code"] in {0, 20}
    calls = list(host.world.calls)
    assert len(calls) > 50
    for n, call in enumerate(calls, 1):
        if call not in CLOCKS:
            host.go_back(before)
            host.world.break_at(n, kind, error)
            ended = work()
            yield ended, f"{kind} at call {n} of {len(calls)}: {call}; steps {host.steps}; ended {ended}"


def settles(host: Host, where: str) -> int | None:
    """The release that serves once the guard has looked after the host."""
    host.guard(looks=2)
    assert host.unrest() == [], where
    return host.serves()


def converges(host: Host, wish: dict[str, Any], where: str) -> None:
    """Running the same deploy again makes the host serve it."""
    assert host.deploy(wish)["outcome"] in {"deployed", "unchanged"}, where
    assert host.unrest() == [], where
    assert host.box(host.serves() or 0).image == wish["image"], where


def test_a_deploy_that_dies_anywhere_ends_with_the_old_or_the_new_release_serving(base: Host, strategy: str) -> None:
    for _, where in broken(base, wish(strategy), "die"):
        committed, dead = base.site.state().serving, base.photograph()
        base.crash()
        assert settles(base, f"crash: {where}") == committed, where
        assert base.ask("current"), where
        assert [line["to"] for line in base.site.audit.lines(9)].count(NEW) == (committed == NEW), where
        base.go_back(dead)
        base.reboot()
        assert settles(base, f"reboot: {where}") == committed, where
        converges(base, wish(strategy), where)


@pytest.mark.parametrize("kind", ["before", "after"])
def test_a_deploy_in_which_one_call_fails_says_truly_whether_the_old_release_serves(
    base: Host, strategy: str, kind: str
) -> None:
    for ended, where in broken(base, wish(strategy), kind):
        committed = base.site.state().serving
        if ended["code"] in TRUTH:
            assert base.serves() == committed == TRUTH[ended["code"]], where
        base.crash()
        assert settles(base, where) == committed, where


def test_a_deploy_during_which_docker_goes_away_is_put_right_when_docker_is_back(base: Host, strategy: str) -> None:
    for ended, where in broken(base, wish(strategy), "away"):
        committed = base.site.state().serving
        assert committed == TRUTH.get(ended["code"], OLD), where
        base.guard(looks=2)
        base.reboot()
        assert settles(base, where) == committed, where


def test_a_deploy_that_is_stopped_anywhere_restores_before_it_ends(base: Host, strategy: str) -> None:
    for ended, where in broken(base, wish(strategy), "raise", SystemExit("asked to stop (SIGTERM)")):
        committed = base.site.state().serving
        assert base.serves() == committed == TRUTH.get(ended["code"], committed), where
        assert ended["code"] in {0, 20, 40, -1}, where


def test_a_release_that_fails_its_gate_never_takes_traffic_wherever_its_deploy_dies(base: Host, strategy: str) -> None:
    base.image("three", Behaviour(text="lorem ipsum dolor"))
    for _, where in broken(base, wish(strategy), "die"):
        pointed = base.world.pointed
        base.reboot()
        assert settles(base, where) == OLD, where
        assert {*pointed, *base.world.pointed} <= {"127.0.0.1", base.release(OLD).address}, where


def test_a_first_deploy_that_dies_anywhere_serves_nothing_or_the_release_and_can_be_run_again(host: Host) -> None:
    for _, where in broken(host, wanted("three"), "die"):
        committed = host.site.state().serving
        host.crash()
        host.guard(looks=2)
        assert host.serves() == committed, where
        assert host.engines() == ([] if committed is None else [committed]), where
        converges(host, wanted("three"), where)


def test_a_rollback_that_dies_anywhere_ends_with_the_old_or_the_new_release_serving(base: Host) -> None:
    for _, where in broken(base, None, "die"):
        committed = base.site.state().serving
        base.reboot()
        assert settles(base, where) == committed, where


def test_a_guard_that_dies_anywhere_while_it_restores_leaves_the_rest_to_the_next_one(
    base: Host, strategy: str
) -> None:
    half_way = {}
    for _, _where in broken(base, wish(strategy), "die"):
        if base.site.journal.unfinished():
            half_way[base.steps[-1]] = base.photograph()
    assert len(half_way) == 5
    for step, photograph in half_way.items():
        for n in range(1, 100):
            base.go_back(photograph)
            base.world.break_at(n, "die")
            with suppress(Died):
                base.guard(looks=1)
            if not base.world.dead:
                break
            base.crash()
            assert settles(base, f"{step}, call {n}: {base.world.calls}") == base.site.state().serving
