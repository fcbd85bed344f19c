"""How much memory engines hold is measured, and an engine starts once the memory of the one before it is back."""

from __future__ import annotations

from dataclasses import replace

from ocrfleet.agent.memory import Memory
from ocrfleet.agent.room import BACK_SECONDS, note_peak
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.stuck import WEDGED, guard, restarts
from tests.unit.agent.swaps import two
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted


def test_what_an_engine_holds_is_measured_when_it_starts(host: Host) -> None:
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=9.5)
    host.deploy(wanted("one"))
    assert host.release(1).peak_gib == 9.5


def test_what_an_engine_came_to_hold_is_measured_when_it_is_stopped(host: Host) -> None:
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=9.5)
    host.deploy(wanted("one"))
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=11.25)
    host.deploy(two(STOP_FIRST))
    assert host.release(1).peak_gib == 11.25


def test_an_engine_that_was_seen_to_hold_less_later_keeps_its_peak(host: Host) -> None:
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=9.5)
    host.deploy(wanted("one"))
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=1.0)
    host.deploy(two(STOP_FIRST))
    assert host.release(1).peak_gib == 9.5


def test_an_image_that_was_seen_to_need_more_than_it_says_is_given_more(host: Host) -> None:
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=30.0)
    host.deploy(wanted("one"))
    host.deploy(wanted("one", run=[*wanted()["service"]["run"], "--psm=4"]))
    assert host.release(2).strategy == START_FIRST
    host.outside.memory_gib = 60.0
    host.deploy(wanted("one", run=[*wanted()["service"]["run"], "--psm=5"]))
    assert host.release(3).strategy == STOP_FIRST
    said = "strategy: stop-first (30.0 GiB system memory free, 30.0 needed as measured, 2.0 kept in reserve)"
    assert said in host.said


def test_another_image_needs_what_its_host_file_says(host: Host) -> None:
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=30.0)
    host.deploy(wanted("one"))
    host.outside.memory_gib = 60.0
    host.deploy(wanted("two"))
    assert host.release(2).strategy == START_FIRST


def slow_memory(host: Host, seconds: float) -> None:
    """Let the memory of the image one come back only so long after it was stopped."""
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=12.0, holds_on=seconds)
    host.outside.memory_gib = 18.0


def test_the_next_engine_starts_once_the_memory_is_back(host: Host) -> None:
    slow_memory(host, 5.0)
    host.deploy(wanted("one"))
    host.deploy(two(STOP_FIRST))
    said = next(line for line in host.said if line.startswith("the memory is back"))
    assert said.endswith("s: 18.0 GiB system memory free")
    assert host.box(2).started_at - (host.box(1).ended_at or 0) >= 5.0
    assert host.unrest() == []


def test_memory_that_does_not_come_back_is_said_and_the_gate_decides(host: Host) -> None:
    slow_memory(host, 600.0)
    host.deploy(wanted("one"))
    host.deploy(two(STOP_FIRST))
    said = "s: 6.0 GiB system memory free, 8.0 needed; starting all the same"
    assert [line for line in host.said if line.endswith(said)]
    assert BACK_SECONDS <= host.box(2).started_at - (host.box(1).ended_at or 0) < BACK_SECONDS + 5
    assert host.serves() == 2


def test_what_served_comes_back_once_the_memory_of_what_failed_is_back(host: Host) -> None:
    host.outside.memory_gib = 18.0
    host.deploy(wanted("one"))
    host.outside.behaviours["sha256:two"] = Behaviour(holds_gib=12.0, holds_on=4.0, text="lorem")
    host.job("deploy", wanted=two(STOP_FIRST), owner=OWNER)
    assert host.box(1).started_at - (host.box(2).ended_at or 0) >= 4.0
    assert host.unrest() == []


def test_a_wedged_engine_starts_anew_once_its_memory_is_back(host: Host) -> None:
    slow_memory(host, 5.0)
    host.deploy(wanted("one"))
    host.image("one", replace(WEDGED, holds_gib=12.0, holds_on=5.0))
    guard(host, 160)
    assert restarts(host) == ["restarted: no request finished"]
    assert host.box(1).started_at - (host.box(1).ended_at or 0) >= 5.0


def test_an_engine_that_somebody_replaced_is_repaired_once_the_memory_is_back(host: Host) -> None:
    host.deploy(wanted("one"))
    host.outside.memory_gib = 18.0
    host.image("two", Behaviour(holds_gib=12.0, holds_on=5.0))
    host.box(1).image = "sha256:two"
    assert host.deploy(wanted("one"))["outcome"] == "repaired"
    theirs = host.docker.removed[-1]
    assert host.box(1).started_at - (theirs.ended_at or 0) >= 5.0


def test_a_wedged_engine_starts_anew_where_the_memory_cannot_be_measured(serving: Host) -> None:
    serving.image("one", WEDGED)
    guard(serving, 110)
    serving.world.break_on("read /proc/meminfo")
    guard(serving, 50)
    serving.world.revive()
    assert restarts(serving) == ["restarted: no request finished"]


def test_what_served_comes_back_where_the_memory_cannot_be_measured(serving: Host) -> None:
    serving.outside.behaviours["sha256:two"] = Behaviour(text="lorem")
    serving.world.break_on("read /proc/meminfo")
    serving.job("deploy", wanted=two(STOP_FIRST), owner=OWNER)
    serving.world.revive()
    assert serving.unrest() == []


def test_an_engine_that_cannot_fit_is_refused_before_anything_is_stopped(host: Host) -> None:
    host.outside.memory_gib = 7.9
    error = host.job("deploy", wanted=wanted("one"), owner=OWNER)["error"]
    assert (error["code"], error["changed"]) == (10, "nothing")
    assert error["failed"] == "the engine needs 8.0 GiB of memory: 7.9 GiB system memory free"


def test_what_the_serving_engine_holds_counts_as_room_for_the_next(host: Host) -> None:
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=12.0)
    host.outside.memory_gib = 15.0
    host.deploy(wanted("one"))
    host.deploy(wanted("two", engine__memory_gib=15.0))
    error = host.job("deploy", wanted=wanted("three", engine__memory_gib=31.0), owner=OWNER)["error"]
    said = "the engine needs 31.0 GiB of memory: 15.0 GiB system memory free, and release 2 holds 15.0"
    assert (error["code"], error["failed"]) == (10, said)


def test_who_holds_a_gpu_s_memory_is_named_before_anything_is_changed(serving: Host) -> None:
    serving.job("stop")
    serving.outside.smi, serving.outside.apps = "300", "/usr/bin/blender, 4711, 15000\n"
    error = serving.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert (error["code"], error["changed"]) == (10, "nothing")
    assert error["failed"].endswith("gpu memory free; it is held by /usr/bin/blender (process 4711, 14.6 GiB)")


def test_an_engine_that_is_down_holds_nothing(serving: Host) -> None:
    serving.box(1).running = False
    serving.outside.memory_gib = 5.0
    assert serving.job("deploy", wanted=wanted("two"), owner=OWNER)["code"] == 10


def test_two_kinds_of_memory_are_not_compared(serving: Host) -> None:
    note_peak(serving.site, 1, Memory(60.0, "system"), Memory(1.0, "budget"))
    assert serving.release(1).peak_gib is None
    note_peak(serving.site, 1, Memory(60.0, "system"), Memory(1.0, "system"))
    assert serving.release(1).peak_gib == 59.0
