"""Numbers are for ever, addresses as long as somebody may look there, and the way back is never pruned."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrfleet.agent.docker import Docker
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.networks import engine_address
from ocrfleet.agent.prune import GIB, doomed, spare
from ocrfleet.agent.releases import CANDIDATE, FAILED, GOOD, PRUNED, Release
from ocrfleet.agent.world import COMMAND_SECONDS, Done
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted
from tests.unit.agent.world import FakeWorld

BAD = Behaviour(text="lorem ipsum dolor sit amet")
RELEASES = st.lists(st.sampled_from([GOOD, GOOD, FAILED, PRUNED, CANDIDATE]), max_size=12)


def release(number: int, state: str) -> Release:
    return Release(number, state, 0.0, "digest", "sha256:x", f"10.0.0.{number}")


@dataclass
class Answering(FakeWorld):
    """A world in which every command gives one answer."""

    answer: Done = field(default_factory=lambda: Done(0, "", ""))

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        return self.answer


def pruned(host: Host, **wish: Any) -> list[int]:
    """What a prune removes that an operator asks for."""
    found: list[int] = host.job("prune", **wish)["result"]["pruned"]
    return found


@settings(max_examples=150, deadline=None, database=None)
@given(states=RELEASES, keep=st.integers(1, 4), data=st.data())
def test_the_serving_the_previous_and_the_pinned_release_are_never_pruned(
    states: list[str], keep: int, data: Any
) -> None:
    everything = [release(number, state) for number, state in enumerate(states, 1)]
    good = [one.release for one in everything if one.is_good]
    serving = data.draw(st.sampled_from([None, *good]))
    pinned = data.draw(st.sampled_from([None, *good]))
    gone = {one.release for one in doomed(everything, keep=keep, serving=serving, pinned=pinned)}
    previous = max((number for number in good if serving is not None and number < serving), default=None)
    assert not gone & {serving, pinned, previous, *good[-keep:]}
    assert len(good) - len(gone & {*good}) <= keep + 3
    assert not [number for number in gone if states[number - 1] == PRUNED]


@settings(max_examples=60, deadline=None, database=None)
@given(states=RELEASES, keep=st.integers(1, 4))
def test_of_the_failed_releases_only_the_last_is_kept(states: list[str], keep: int) -> None:
    everything = [release(number, state) for number, state in enumerate(states, 1)]
    failed = [one.release for one in everything if one.state in {FAILED, CANDIDATE}]
    gone = {one.release for one in doomed(everything, keep=keep, serving=None, pinned=None)}
    assert gone & {*failed} == {*failed[:-1]}


def test_numbers_are_never_used_twice(host: Host) -> None:
    for image in ("one", "two", "three", "one", "two"):
        host.image(image)
        host.deploy(wanted(image, keep=1))
    assert host.states == {1: PRUNED, 2: PRUNED, 3: PRUNED, 4: GOOD, 5: GOOD}


def test_a_release_whose_record_was_never_written_keeps_its_number(serving: Host) -> None:
    serving.home.release(2).mkdir()
    assert serving.deploy(wanted("two"))["release"] == 3


def test_no_two_kept_releases_have_the_same_address(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    addresses = [one.address for one in host.site.releases.all()]
    assert addresses == ["172.30.240.3", "172.30.240.4", "172.30.240.5"]


def test_the_address_of_a_failed_release_is_not_used_while_it_is_kept(serving: Host) -> None:
    serving.image("two", BAD)
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    serving.deploy(wanted("three"))
    assert serving.release(3).address == "172.30.240.5"


def test_only_the_address_of_a_pruned_release_is_used_again(host: Host) -> None:
    for image in ("one", "two", "three", "one"):
        host.image(image)
        host.deploy(wanted(image, keep=2))
    assert {one.release: (one.state, one.address) for one in host.site.releases.all()} == {
        1: (PRUNED, "172.30.240.3"),
        2: (PRUNED, "172.30.240.4"),
        3: (GOOD, "172.30.240.5"),
        4: (GOOD, "172.30.240.3"),
    }


def test_a_network_without_a_free_address_is_refused() -> None:
    assert engine_address("10.0.0.0/29", {"10.0.0.3"}) == "10.0.0.4"
    with pytest.raises(Refused, match=r"no address is left in 10\.0\.0\.0/29"):
        engine_address("10.0.0.0/29", {f"10.0.0.{number}" for number in range(3, 7)})


def test_a_pruned_release_has_no_container_and_no_image_left(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image, keep=2))
    assert host.docker.named("ocrfleet-lab-1") is None
    assert "sha256:one" not in host.docker.images.values()
    assert host.release(1).container is None


def test_an_image_another_release_uses_is_kept(host: Host) -> None:
    for psm in (4, 5, 6):
        host.deploy(wanted("one", keep=2, run=[*wanted()["service"]["run"][:-1], f"--psm={psm}"]))
    assert host.states[1] == PRUNED
    assert {"sha256:one", "sha256:proxy"} <= {*host.docker.images.values()}


def test_old_releases_are_pruned_when_the_deploy_failed_too(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    host.image("bad", BAD)
    assert host.job("deploy", wanted=wanted("bad", keep=2), owner=OWNER)["code"] == 20
    assert host.states == {1: PRUNED, 2: GOOD, 3: GOOD, 4: FAILED}


def test_a_prune_that_fails_does_not_make_a_good_deploy_a_bad_one(host: Host) -> None:
    for image in ("one", "two"):
        host.deploy(wanted(image))
    host.world.break_on("docker rm")
    assert host.job("deploy", wanted=wanted("three", keep=1), owner=OWNER)["code"] == 0
    assert host.states[1] == GOOD
    host.world.revive()
    assert pruned(host, keep=2) == [1]


def test_an_image_docker_does_not_let_go_of_is_tried_again(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    theirs = host.docker.add("debugging", "sha256:one")
    assert pruned(host, keep=2) == []
    del host.docker.boxes[theirs.id]
    assert pruned(host, keep=2) == [1]
    assert "sha256:one" not in host.docker.images.values()


def test_a_container_that_was_created_but_never_recorded_is_pruned_too(serving: Host) -> None:
    serving.world.break_on("docker create", "after")
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    serving.crash()
    assert serving.release(2).container is None
    assert serving.docker.named("ocrfleet-lab-2") is not None
    serving.image("four", BAD)
    serving.job("deploy", wanted=wanted("four"), owner=OWNER)
    assert serving.docker.named("ocrfleet-lab-2") is None


def test_a_candidate_whose_job_died_before_its_swap_began_is_pruned(serving: Host) -> None:
    serving.world.break_on("overwrite journal", "die")
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    serving.crash()
    assert serving.states == {1: GOOD, 2: CANDIDATE}
    serving.image("four", BAD)
    serving.job("deploy", wanted=wanted("four"), owner=OWNER)
    assert serving.states == {1: GOOD, 2: PRUNED, 3: FAILED}


def test_a_pinned_release_survives_however_many_come_after_it(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    host.rollback(1)
    assert pruned(host, keep=1) == [2]
    assert host.unrest() == []


def test_a_swap_that_is_open_keeps_both_its_releases(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    host.docker.stubborn.add("sha256:four")
    host.image("four", BAD)
    host.job("deploy", wanted=wanted("four"), owner=OWNER)
    host.home.release(5).mkdir()
    assert host.job("deploy", wanted=wanted("four", keep=1), owner=OWNER)["code"] == 10
    assert host.states == {1: PRUNED, 2: GOOD, 3: GOOD, 4: CANDIDATE, 6: CANDIDATE}


# By disk


GB = 10**9


@pytest.fixture
def five(host: Host) -> Host:
    """A host with five good releases of 10 GB each, of which the last serves, on a disk of 100 GB."""
    host.outside.disk = 100 * GB
    for image in ("one", "two", "three", "four", "five"):
        host.image(image)
        host.docker.sizes[f"sha256:{image}"] = 10 * GB
        host.deploy(wanted(image, keep=5))
    return host


@settings(max_examples=150, deadline=None, database=None)
@given(states=RELEASES, data=st.data())
def test_however_full_the_disk_the_way_back_and_the_last_good_release_stay(states: list[str], data: Any) -> None:
    everything = [release(number, state) for number, state in enumerate(states, 1)]
    good = [one.release for one in everything if one.is_good]
    serving = data.draw(st.sampled_from([None, *good]))
    pinned = data.draw(st.sampled_from([None, *good]))
    gone = [one.release for one in spare(everything, serving=serving, pinned=pinned)]
    previous = max((number for number in good if serving is not None and number < serving), default=None)
    assert not {*gone} & {serving, pinned, previous, *good[-1:]}
    assert gone == sorted(gone)
    assert not [number for number in gone if states[number - 1] == PRUNED]


def test_on_a_roomy_disk_only_the_count_decides(five: Host) -> None:
    assert pruned(five, keep=5) == []
    assert pruned(five, keep=4) == [1]


def test_below_the_floor_the_oldest_go_until_there_is_room(five: Host) -> None:
    floor = (50 + 15) * GB / GIB
    assert pruned(five, keep=5, floor_gib=floor) == [1, 2]
    assert five.unrest() == []


def test_a_floor_that_cannot_be_reached_leaves_what_is_never_touched(five: Host) -> None:
    assert pruned(five, keep=5, floor_gib=10_000) == [1, 2, 3]
    assert {number for number, state in five.states.items() if state == GOOD} == {4, 5}


def test_a_deploy_onto_a_full_disk_makes_room_afterwards(five: Host) -> None:
    five.outside.disk = 62 * GB
    five.image("six")
    five.docker.sizes["sha256:six"] = 10 * GB
    five.deploy(wanted("six", keep=5))
    assert five.states == {1: PRUNED, 2: GOOD, 3: GOOD, 4: GOOD, 5: GOOD, 6: GOOD}


def test_a_small_disk_is_not_emptied_for_a_floor_it_could_never_keep(five: Host) -> None:
    five.outside.disk = 56 * GB
    assert pruned(five, keep=5) == []


def test_where_the_disk_cannot_be_measured_only_the_count_decides(five: Host) -> None:
    five.world.break_on("space")
    assert five.job("prune", keep=4, floor_gib=10_000)["result"] == {"pruned": [1], "disk_free_gib": None}


def test_a_plan_names_what_would_go_and_why_and_changes_nothing(five: Host) -> None:
    before = five.photograph().files
    told = five.ask("prunable", keep=4, floor_gib=(50 + 15) * GB / GIB)["result"]
    assert told["prune"] == [
        {"release": 1, "state": "good", "why": "count", "frees_bytes": 10 * GB},
        {"release": 2, "state": "good", "why": "disk", "frees_bytes": 10 * GB},
    ]
    assert (told["frees_bytes"], told["disk_free_gib"], told["keep"]) == (20 * GB, 46.57, 4)
    assert five.photograph().files == before
    assert pruned(five, keep=4, floor_gib=(50 + 15) * GB / GIB) == [1, 2]


def test_an_image_that_stays_for_another_release_gives_nothing_back(five: Host) -> None:
    five.deploy(wanted("one", keep=6))
    told = five.ask("prunable", keep=4)["result"]
    assert [(one["release"], one["frees_bytes"]) for one in told["prune"]] == [(1, 0), (2, 10 * GB)]


def test_an_image_that_several_use_goes_with_the_last_of_them(five: Host) -> None:
    for psm in (4, 5):
        five.deploy(wanted("one", keep=7, run=[*wanted()["service"]["run"][:-1], f"--psm={psm}"]))
    five.deploy(wanted("three", keep=8))
    five.deploy(wanted("two", keep=9))
    told = five.ask("prunable", keep=2)["result"]
    freed = {one["release"]: one["frees_bytes"] for one in told["prune"]}
    assert freed == {1: 0, 2: 0, 3: 0, 4: 10 * GB, 5: 10 * GB, 6: 0, 7: 10 * GB}
    assert pruned(five, keep=2) == [1, 2, 3, 4, 5, 6, 7]
    assert "sha256:one" not in five.docker.images.values()


@pytest.mark.parametrize(("text", "size"), [("1.95GB", 1_950_000_000), ("0B", 0), ("12.3kB", 12_300), ("N/A", 0)])
def test_sizes_are_read_as_docker_writes_them(host: Host, text: str, size: int) -> None:
    answer = Done(0, json.dumps([{"ID": "sha256:x", "UniqueSize": text}]), "")
    assert Docker(Answering(host.outside, answer=answer)).image_sizes() == {"sha256:x": size}
