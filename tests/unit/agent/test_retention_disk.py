"""On a disk that gets full the oldest releases go, and no more of them than give room."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrfleet.agent.docker import Docker
from ocrfleet.agent.prune import GIB, spare
from ocrfleet.agent.releases import GOOD, PRUNED
from ocrfleet.agent.world import COMMAND_SECONDS, Done
from tests.unit.agent.host import Host, prepared
from tests.unit.agent.photograph import Photograph
from tests.unit.agent.pruning import RELEASES, pruned, release
from tests.unit.agent.wanted import wanted
from tests.unit.agent.world import FakeWorld


@dataclass
class Answering(FakeWorld):
    """A world in which every command gives one answer."""

    answer: Done = field(default_factory=lambda: Done(0, "", ""))

    def run(self, argv: list[str], *, check: bool = True, seconds: float = COMMAND_SECONDS) -> Done:
        return self.answer


GB = 10**9


@pytest.fixture(scope="module")
def deployed(root: Path) -> Photograph:
    with prepared(root) as host:
        host.outside.disk = 100 * GB
        for image in ("one", "two", "three", "four", "five"):
            host.image(image)
            host.docker.sizes[f"sha256:{image}"] = 10 * GB
            host.deploy(wanted(image, keep=5))
        return host.photograph()


@pytest.fixture
def five(deployed: Photograph, host: Host) -> Host:
    """A host with five good releases of 10 GB each, of which the last serves, on a disk of 100 GB."""
    host.go_back(deployed)
    return host


@settings(max_examples=150)
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
    assert five.job("prune", keep=4, floor_gib=10_000)["result"] == {
        "pruned": [1],
        "images": [],
        "models": [],
        "disk_free_gib": None,
    }


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
