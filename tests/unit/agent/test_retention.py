"""Old releases go with their containers and images, and the way back is never pruned."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ocrfleet.agent.prune import doomed
from ocrfleet.agent.releases import CANDIDATE, FAILED, GOOD, PRUNED
from tests.unit.agent.host import Host
from tests.unit.agent.pruning import BAD, RELEASES, pruned, release
from tests.unit.agent.wanted import OWNER, wanted


@settings(max_examples=150)
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


@settings(max_examples=60)
@given(states=RELEASES, keep=st.integers(1, 4))
def test_of_the_failed_releases_only_the_last_is_kept(states: list[str], keep: int) -> None:
    everything = [release(number, state) for number, state in enumerate(states, 1)]
    failed = [one.release for one in everything if one.state in {FAILED, CANDIDATE}]
    gone = {one.release for one in doomed(everything, keep=keep, serving=None, pinned=None)}
    assert gone & {*failed} == {*failed[:-1]}


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
    serving.world.break_on("docker ps --no-trunc", "die")
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
