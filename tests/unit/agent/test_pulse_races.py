"""What happens while the guard looks at an engine or starts it anew: others at work, failures, its own end."""

from __future__ import annotations

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.alive import beat
from ocrfleet.agent.guard import watch
from ocrfleet.agent.pages import LEAST_SECONDS
from ocrfleet.agent.pulse import Limits, attend
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.loops import Enough
from tests.unit.agent.stuck import IDLE, WEDGED, guard, restarts
from tests.unit.agent.wanted import OWNER, wanted


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


def about_to_restart(host: Host) -> None:
    """The next look finds the page not read, and the engine stuck for long enough."""
    host.image("one", WEDGED)
    guard(host, 100)
    assert host.pulse.stuck_since is not None
    host.outside.wait(Limits.stuck)
    host.guard(looks=1)
    assert host.pulse.pages.asked is not None
    host.outside.wait(LEAST_SECONDS)


def test_who_takes_the_lock_in_the_last_moment_is_not_disturbed(serving: Host) -> None:
    about_to_restart(serving)
    held: list[int] = []

    def take() -> None:
        held.append(locks.acquire(serving.world, serving.home.cutover_lock, {"what": "deploy", "who": "bo"}))

    serving.outside.at(serving.outside.seconds, take)
    attend(serving.site, serving.pulse, serving.running())
    assert held != []
    assert serving.pulse.pages.failures == 1
    assert (restarts(serving), serving.box(1).starts) == ([], 1)


@pytest.mark.parametrize("verb", ["stop", "deploy"])
def test_what_changed_between_the_look_and_the_lock_is_seen(serving: Host, verb: str) -> None:
    about_to_restart(serving)

    def change() -> None:
        beat(serving.site)
        serving.image("one", Behaviour())
        serving.job(verb, wanted=wanted("two"), owner=OWNER) if verb == "deploy" else serving.ask(verb)
        serving.image("one", WEDGED)

    serving.outside.at(serving.outside.seconds, change)
    attend(serving.site, serving.pulse, serving.running())
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


def test_the_guard_never_seems_dead_while_it_looks(serving: Host) -> None:
    serving.image("one", Behaviour(metrics_late=True, page_seconds=99))
    for _ in range(200):
        before = serving.outside.seconds
        serving.guard(looks=1)
        assert serving.outside.seconds - before < 30


def test_the_guards_own_loop_looks_for_it(serving: Host) -> None:
    def end() -> None:
        raise Enough

    serving.image("one", WEDGED)
    serving.outside.at(serving.outside.seconds + 150, end)
    with pytest.raises(Enough):
        watch(serving.site, 3.0)
    assert restarts(serving) == ["restarted: no request finished"]
