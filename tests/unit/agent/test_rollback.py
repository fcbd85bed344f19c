"""A rollback takes no arguments, passes the same gate, and pins what it went back to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent.errors import HostError, Refused
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host, prepared
from tests.unit.agent.photograph import Photograph
from tests.unit.agent.wanted import OWNER, wanted


@pytest.fixture(scope="module")
def deployed(root: Path) -> Photograph:
    with prepared(root) as host:
        for image in ("one", "two", "three"):
            host.deploy(wanted(image))
        return host.photograph()


@pytest.fixture
def three(deployed: Photograph, host: Host) -> Host:
    """A host that served the releases 1, 2 and 3."""
    host.go_back(deployed)
    return host


def test_without_arguments_it_goes_to_the_release_before(three: Host) -> None:
    assert three.rollback() == {"outcome": "rolled back", "release": 2}
    assert three.unrest() == []
    assert (three.serves(), three.site.state().pinned) == (2, 2)


def test_with_a_number_it_goes_there(three: Host) -> None:
    assert three.rollback(1)["release"] == 1
    assert three.unrest() == []
    assert (three.serves(), three.site.state().pinned) == (1, 1)


def test_it_starts_the_kept_container_and_makes_no_new_release(three: Host) -> None:
    box = three.box(2)
    three.rollback()
    assert three.box(2) is box
    assert three.states == {1: "good", 2: "good", 3: "good"}


def test_it_needs_no_build_and_no_new_container(three: Host) -> None:
    three.world.calls.clear()
    three.rollback()
    assert not [call for call in three.world.calls if call.startswith(("docker create", "stream"))]


def test_a_second_one_goes_one_further_back(three: Host) -> None:
    three.rollback()
    assert three.rollback()["release"] == 1
    assert three.site.state().pinned == 1


def test_going_forward_again_is_a_rollback_to_a_number(three: Host) -> None:
    three.rollback(1)
    three.rollback(3)
    assert three.unrest() == []
    assert three.serves() == 3


def test_a_container_that_was_removed_meanwhile_is_made_again(three: Host) -> None:
    del three.docker.boxes[three.box(2).id]
    three.rollback()
    assert three.unrest() == []
    assert three.serves() == 2


def test_it_passes_the_same_gate(three: Host) -> None:
    three.image("two", Behaviour(text="lorem ipsum dolor sit amet"))
    with pytest.raises(HostError, match="release 2 did not take over") as failed:
        three.rollback()
    assert failed.value.code == 20
    assert three.unrest() == []
    assert (three.serves(), three.site.state().pinned, three.states[2]) == (3, None, "good")


def test_a_failed_release_is_not_the_one_before(host: Host) -> None:
    host.deploy(wanted("one"))
    host.image("two", Behaviour(exits_at=0.1))
    host.job("deploy", wanted=wanted("two"), owner=OWNER)
    host.deploy(wanted("three"))
    assert host.rollback()["release"] == 1


def refuses(host: Host, number: int | None) -> tuple[str, list[str]]:
    """Why a rollback is refused, and what was changed by it."""
    before = host.photograph()
    with pytest.raises(Refused) as refused:
        host.rollback(number)
    after = host.photograph()
    changed = [str(path) for path in after.files if after.files[path] != before.files.get(path)]
    return refused.value.failed, [path for path in changed if not path.endswith("reserve")]


REFUSALS: dict[str, tuple[int | None, str]] = {
    "serving": (3, "release 3 is serving already"),
    "unknown": (9, "there is no release 9 on this host"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_gone_back_to_is_refused_and_nothing_changes(three: Host, name: str) -> None:
    number, message = REFUSALS[name]
    assert refuses(three, number) == (message, [])
    assert three.unrest() == []


def test_where_no_earlier_release_is_kept_it_is_refused(serving: Host) -> None:
    assert refuses(serving, None) == ("no earlier good release is kept on this host", [])


def test_where_nothing_was_ever_deployed_it_is_refused(host: Host) -> None:
    assert refuses(host, None) == ("no earlier good release is kept on this host", [])


def test_a_failed_release_is_refused(serving: Host) -> None:
    serving.image("two", Behaviour(exits_at=0.1))
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    assert refuses(serving, 2) == ("release 2 is failed: it cannot serve", [])


def test_a_pruned_release_is_refused(three: Host) -> None:
    three.image("four")
    three.deploy(wanted("four", keep=2))
    assert refuses(three, 1) == ("release 1 is pruned: it cannot serve", [])


def test_a_release_whose_image_is_gone_is_refused(three: Host) -> None:
    three.docker.images = {ref: image for ref, image in three.docker.images.items() if image != "sha256:two"}
    assert refuses(three, None) == ("the image of release 2 is gone from the host", [])


def test_a_docker_that_is_away_is_not_taken_for_a_missing_image(three: Host) -> None:
    three.docker.away = True
    assert refuses(three, None)[0].startswith("the Docker engine does not answer: Cannot connect")


def test_while_a_release_is_pinned_a_deploy_is_refused_and_names_the_pin(three: Host) -> None:
    three.rollback()
    with pytest.raises(Refused) as refused:
        three.deploy(wanted("three"))
    assert refused.value.as_json(serving="x", host="lab") == {
        "code": 10,
        "failed": "release 2 is pinned on this host by a rollback",
        "serving": "x",
        "changed": "nothing",
        "next": "ocrfleet unpin lab",
    }


def test_after_unpin_a_deploy_goes_forward_again(three: Host) -> None:
    three.rollback()
    assert three.ask("unpin") == {"result": {"was_pinned": 2}}
    assert three.ask("unpin") == {"result": {"was_pinned": None}}
    assert three.deploy(wanted("three"))["release"] == 4
    assert three.unrest() == []


def test_the_same_rollback_asked_for_twice_at_once_is_one_job(three: Host) -> None:
    three.world.later = []
    answers: list[Any] = [three.ask("rollback")["result"], three.ask("rollback")["result"]]
    assert answers[0]["job"] == answers[1]["job"]


def test_a_service_that_was_stopped_is_served_again_by_a_rollback_to_it(three: Host) -> None:
    three.job("stop")
    assert three.rollback(3)["release"] == 3
    assert three.unrest() == []
    assert not three.site.state().stopped


def test_a_rollback_that_fails_leaves_a_stopped_service_stopped(three: Host) -> None:
    three.job("stop")
    three.image("three", Behaviour(text="lorem ipsum dolor"))
    with pytest.raises(HostError, match="did not take over"):
        three.rollback(3)
    three.guard()
    assert three.engines() == []
    assert three.site.state().stopped
