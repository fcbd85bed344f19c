"""The guard starts what should run, nothing else, and outlives whatever it finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ocrfleet.agent.facts import guard_alive
from ocrfleet.agent.guard import beat, look, make_current, watch
from ocrfleet.agent.patience import Patience
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import STOP_FIRST, wanted


class Enough(BaseException):
    """Ends a loop that has no end."""


def test_after_a_reboot_the_serving_release_serves_again(serving: Host) -> None:
    serving.reboot()
    serving.guard()
    assert serving.unrest() == []
    assert serving.serves() == 1


def test_after_a_reboot_the_last_committed_release_serves(serving: Host) -> None:
    serving.deploy(wanted("two"))
    serving.reboot()
    serving.guard()
    assert (serving.serves(), serving.engines()) == (2, [2])


def test_a_release_that_failed_its_gate_is_never_started(serving: Host) -> None:
    serving.image("two", Behaviour(text="lorem ipsum"))
    serving.job("deploy", wanted=wanted("two"), owner={"project": "ocr", "stack": "spark"})
    serving.reboot()
    serving.guard()
    assert serving.box(2).starts == 1
    assert serving.engines() == [1]


def test_an_engine_that_ended_is_started(serving: Host) -> None:
    serving.box(1).running = False
    serving.guard(looks=1)
    assert serving.unrest() == []


def test_an_engine_that_was_paused_goes_on(serving: Host) -> None:
    serving.box(1).paused = True
    serving.guard(looks=1)
    assert not serving.box(1).paused


def test_a_container_that_was_removed_is_made_again(serving: Host) -> None:
    del serving.docker.boxes[serving.box(1).id]
    serving.guard(looks=1)
    assert serving.unrest() == []
    assert serving.release(1).container == serving.box(1).id


def test_a_proxy_that_ended_is_started(serving: Host) -> None:
    serving.proxy.running = False
    serving.guard(looks=1)
    assert serving.unrest() == []


def test_a_proxy_that_was_removed_is_made_again(serving: Host) -> None:
    del serving.docker.boxes[serving.proxy.id]
    serving.guard(looks=1)
    assert serving.unrest() == []


@pytest.mark.parametrize("upstream", ["127.0.0.1", "172.30.240.99", ""])
def test_requests_go_to_the_serving_release_again(serving: Host, upstream: str) -> None:
    (serving.home.proxy / "upstream").write_text(upstream)
    serving.guard(looks=1)
    assert serving.site.proxy.upstream() == serving.release(1).address


def test_a_host_that_is_as_it_should_be_is_left_alone(serving: Host) -> None:
    before = serving.home.proxy.stat().st_mtime_ns
    serving.guard(looks=3)
    assert serving.box(1).starts == serving.proxy.starts == 1
    assert serving.home.proxy.stat().st_mtime_ns == before
    assert serving.said[-1] == "release 1 is serving"


def test_a_host_that_serves_nothing_is_left_alone(host: Host) -> None:
    host.guard()
    assert host.docker.boxes == {}


def test_a_service_stopped_on_purpose_stays_stopped(serving: Host) -> None:
    serving.job("stop")
    serving.guard()
    serving.reboot()
    serving.guard()
    assert serving.engines() == []


def test_while_a_job_is_at_work_the_guard_does_nothing(serving: Host) -> None:
    serving.box(1).running = False
    with serving.alone():
        serving.guard()
    assert serving.engines() == []


def test_while_a_dead_jobs_command_runs_on_the_guard_does_nothing(serving: Host) -> None:
    serving.box(1).running = False
    child = subprocess.Popen([sys.executable, "-c", HOLDS, str(serving.home.cutover_lock)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    serving.guard(looks=2)
    assert serving.engines() == []
    child.kill()
    child.communicate()
    serving.guard(looks=2)
    assert serving.engines() == [1]


HOLDS = """
import fcntl, sys, time
file = open(sys.argv[1], "r+")
fcntl.flock(file, fcntl.LOCK_EX)
print("up", flush=True)
time.sleep(30)
"""


def test_docker_being_away_is_said_and_waited_for_without_growing_pauses(serving: Host) -> None:
    serving.reboot()
    serving.docker.away = True
    serving.guard(looks=20)
    assert serving.patience == Patience()
    assert "Cannot connect to the Docker daemon" in serving.said[-1]
    serving.docker.away = False
    serving.guard(looks=1)
    assert serving.unrest() == []


def test_an_engine_that_cannot_start_does_not_keep_the_proxy_down(serving: Host) -> None:
    serving.reboot()
    serving.docker.unstartable.add("sha256:one")
    serving.guard(looks=1)
    assert serving.proxy.running
    assert serving.engines() == []


def test_a_proxy_that_cannot_start_does_not_keep_the_engine_down(serving: Host) -> None:
    serving.reboot()
    serving.docker.taken_ports.add(8000)
    serving.guard(looks=1)
    assert serving.engines() == [1]


def test_a_stranger_under_the_name_of_our_proxy_is_not_touched(serving: Host) -> None:
    del serving.docker.boxes[serving.proxy.id]
    stranger = serving.docker.add("ocrfleet-lab-proxy", "sha256:theirs")
    serving.guard()
    assert serving.docker.named("ocrfleet-lab-proxy") is stranger
    assert "a container named ocrfleet-lab-proxy exists and is not ours" in serving.said[-1]


def test_an_engine_that_keeps_ending_is_started_ever_less_often(serving: Host) -> None:
    serving.image("one", Behaviour(exits_at=0.5))
    serving.guard(looks=100)
    assert 6 <= serving.box(1).starts <= 9


def test_pauses_double_up_to_a_limit_and_are_short_again_after_calm() -> None:
    patience, now, pauses = Patience(), 1000.0, []
    for _ in range(9):
        patience.next_start(now)
        pauses.append(patience.pause)
        now = patience.not_before
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    patience.next_start(now + 301)
    assert patience.pause == 2


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


def stop_now() -> None:
    raise Enough


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
