"""The guard's loop shows that it lives, goes on whatever it finds, and hands over to a newer agent."""

from __future__ import annotations

import json
import os

import pytest

from ocrfleet.agent.alive import beat, guard_alive
from ocrfleet.agent.guard import look, make_current, watch
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.loops import Enough, stop_now
from tests.unit.agent.wanted import STOP_FIRST, wanted


def test_a_restored_release_may_get_ready_while_the_guard_goes_on(serving: Host) -> None:
    """An engine that loads for minutes must not make the guard look dead."""
    serving.world.break_on("POST /v1/chat", "die")
    serving.job(
        "deploy", wanted=wanted("two", cutover__strategy=STOP_FIRST), owner={"project": "ocr", "stack": "spark"}
    )
    serving.image("one", Behaviour(listens_at=200))
    serving.reboot()
    before = serving.outside.seconds
    look(serving.site, serving.patience)
    assert serving.outside.seconds - before < 30
    assert serving.unrest() == []


def test_a_guard_that_was_seen_lately_is_alive(host: Host) -> None:
    beat(host.site)
    host.outside.wait(29)
    assert guard_alive(host.site)
    host.outside.wait(2)
    assert not guard_alive(host.site)


def test_a_guard_shows_that_it_is_alive_on_a_full_disk_too(host: Host) -> None:
    host.outside.wait(60)
    host.world.full = True
    beat(host.site)
    assert guard_alive(host.site)


def test_a_guard_that_was_never_there_is_not_alive(host: Host) -> None:
    host.home.guard.unlink()
    assert not guard_alive(host.site)


def test_the_guard_goes_on_whatever_it_finds(serving: Host) -> None:
    """A damaged record, an unreadable state: it says so and looks again."""
    (serving.home.release(1) / "manifest.json").write_text("{}")
    serving.box(1).running = False
    serving.outside.at(serving.outside.seconds + 20, stop_now)
    with pytest.raises(Enough):
        watch(serving.site, 3.0)
    assert len([line for line in serving.said if line.startswith("guard: ")]) > 3
    assert json.loads(serving.home.guard.read_text())["at"] > serving.site.world.now() - 10


def test_the_guard_goes_on_when_the_state_is_damaged(serving: Host) -> None:
    serving.home.state.write_text("{")
    serving.outside.at(serving.outside.seconds + 10, stop_now)
    with pytest.raises(Enough):
        watch(serving.site, 3.0)
    assert "is not what was written there" in serving.said[-1]


def test_the_newest_agent_is_the_one_the_guard_runs(host: Host) -> None:
    host.world.agent = host.home.agents / "second.pyz"
    host.world.agent.touch()
    (host.home.agents / f".current.{os.getpid()}").touch()  # a dead process of the same number left it
    assert make_current(host.site) == "second"
    assert (host.home.agents / "current").resolve() == host.world.agent


def test_a_guard_of_an_older_agent_hands_over(host: Host) -> None:
    newer = host.home.agents / "second.pyz"
    newer.touch()
    (host.home.agents / "current").symlink_to(newer.name)
    host.outside.at(host.outside.seconds + 1, stop_now)
    with pytest.raises(Enough):
        watch(host.site, 3.0)
    assert host.world.became == [newer]


def test_a_guard_of_the_newest_agent_stays(serving: Host) -> None:
    serving.ask("current")
    serving.outside.at(serving.outside.seconds + 1, stop_now)
    with pytest.raises(Enough):
        watch(serving.site, 3.0)
    assert serving.world.became == []
