"""The guard leaves alone what is not its to start, and takes its time with what keeps ending."""

from __future__ import annotations

import subprocess
import sys

from ocrfleet.agent.patience import Patience
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted


def test_a_release_that_failed_its_gate_is_never_started(serving: Host) -> None:
    serving.image("two", Behaviour(text="lorem ipsum"))
    serving.job("deploy", wanted=wanted("two"), owner={"project": "ocr", "stack": "spark"})
    serving.reboot()
    serving.guard()
    assert serving.box(2).starts == 1
    assert serving.engines() == [1]


def test_a_host_that_is_as_it_should_be_is_left_alone(serving: Host) -> None:
    before = serving.home.proxy.stat().st_mtime_ns
    serving.guard(looks=3)
    assert serving.box(1).starts == serving.proxy.starts == 1
    assert serving.home.proxy.stat().st_mtime_ns == before
    assert serving.said == []


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
file = open(sys.argv[1], "a")
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
