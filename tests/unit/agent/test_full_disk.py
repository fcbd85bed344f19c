"""Where Docker has no room for another container, what serves goes on, or is brought back with the room there is."""

from __future__ import annotations

from ocrfleet.agent.diagnosis import DISK_FULL
from ocrfleet.agent.errors import Refused
from tests.unit.agent.host import Host
from tests.unit.agent.swaps import FAILING, fails, two
from tests.unit.agent.wanted import STOP_FIRST

MIB = 1024**2


def test_a_disk_is_full_for_docker_where_a_quota_is_used_up_too() -> None:
    assert DISK_FULL.shows_in("Error response from daemon: write /var/lib/docker/x: disk quota exceeded")
    assert not DISK_FULL.shows_in("Error response from daemon: conflict: the name is in use")


def test_nothing_is_stopped_for_a_container_that_cannot_be_made(serving: Host, strategy: str) -> None:
    serving.docker.room = 0
    error = fails(serving, two(strategy))
    assert (error.code, serving.serves(), serving.box(1).starts) == (20, 1, 1)
    assert "the cause, by its log: the disk is full" in error.failed
    assert error.changed.endswith("and release 2 never had a container")
    assert error.fix == "ocrfleet prune HOST --plan shows what can go; on the host: df -h"
    assert serving.unrest() == []


def test_a_candidate_that_took_the_last_room_gives_it_back_to_the_old_release(serving: Host) -> None:
    serving.docker.room = 1
    serving.docker.logs["sha256:two"] = "what it said\n"
    error = fails(serving, two(STOP_FIRST))
    assert (error.code, serving.serves(), serving.box(1).starts) == (20, 1, 2)
    assert serving.docker.named("ocrfleet-lab-2") is None
    assert (serving.home.release(2) / "log").read_text() == "what it said\n"
    assert serving.unrest() == []


def test_a_rollback_on_a_full_disk_takes_the_room_of_what_failed_and_keeps_what_was_good(serving: Host) -> None:
    serving.deploy(two(STOP_FIRST))
    serving.image("three", FAILING["wrong text"])
    fails(serving, {**two(STOP_FIRST), "image": "sha256:three"})
    serving.docker.room = 0
    assert serving.rollback()["release"] == 1
    assert serving.unrest() == []
    assert serving.docker.named("ocrfleet-lab-3") is None
    assert serving.box(2).image == "sha256:two"


def test_after_a_reboot_the_guard_starts_the_engine_with_what_room_there_is(serving: Host) -> None:
    serving.image("two", FAILING["wrong text"])
    fails(serving, two(STOP_FIRST))
    serving.docker.room = 0
    serving.reboot()
    serving.guard()
    assert serving.unrest() == []
    assert not serving.home.reserve.exists()


def test_a_full_disk_that_nothing_of_ours_fills_is_told_as_it_is(serving: Host) -> None:
    serving.docker.room = 0
    serving.box(1).running = False
    serving.guard()
    assert serving.engines() == []
    assert any("no space left on device" in line for line in serving.said)
    serving.docker.room = 1
    serving.guard()
    assert serving.unrest() == []


def test_a_deploy_is_refused_where_docker_has_next_to_no_room(serving: Host) -> None:
    serving.docker.sizes["sha256:proxy"] = serving.outside.disk - 63 * MIB
    error = fails(serving, two(STOP_FIRST))
    assert isinstance(error, Refused)
    assert error.failed == "only 63 MiB are free under /var/lib/docker, where Docker keeps containers"
    assert error.fix == "ocrfleet prune HOST --plan shows what can go; on the host: df -h"
    assert serving.docker.named("ocrfleet-lab-2") is None


def test_a_container_that_docker_does_not_make_for_another_reason_sends_to_the_doctor(serving: Host) -> None:
    serving.world.break_on("docker create", "before")
    error = fails(serving, two(STOP_FIRST))
    assert (error.code, serving.box(1).starts, error.fix) == (20, 1, "ocrfleet doctor HOST")


def test_an_old_release_that_finds_no_room_either_says_what_makes_some(serving: Host) -> None:
    """Somebody else's container takes the room while the old engine stops."""

    def fill() -> None:
        serving.docker.room = 0

    serving.image("two", FAILING["exits at once"])
    serving.outside.at(serving.outside.seconds + 0.1, fill)
    del serving.docker.boxes[serving.box(1).id]
    error = fails(serving, two(STOP_FIRST))
    assert error.code == 30
    assert error.fix == "ocrfleet prune HOST --plan shows what can go; on the host: df -h; then ocrfleet status HOST"
    serving.docker.room = 2
    serving.guard()
    assert serving.unrest() == []
