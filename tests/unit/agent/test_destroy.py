"""Destroy takes what is ours off the host, and nothing else."""

from __future__ import annotations

import pytest

from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted


def destroy(host: Host, owner: dict[str, str] | None = None) -> dict[str, object]:
    return host.ask("destroy", owner=owner or OWNER)


def test_containers_networks_releases_and_secrets_are_gone(serving: Host) -> None:
    serving.deploy(wanted("two"))
    assert destroy(serving) == {"result": {"destroyed": "lab"}}
    assert (serving.docker.boxes, serving.docker.networks) == ({}, {})
    assert serving.states == {}
    assert list((serving.home.root / "secrets").iterdir()) == []
    assert not serving.home.owner.exists()


def test_images_and_the_guard_stay(serving: Host) -> None:
    destroy(serving)
    assert "sha256:one" in serving.docker.images.values()
    assert serving.ask("facts")["result"]["guard_alive"]


def test_what_is_not_ours_stays(serving: Host) -> None:
    theirs = serving.docker.add("theirs", "sha256:theirs", labels={"ocrfleet.host": "calypso"}, running=True)
    destroy(serving)
    assert serving.docker.boxes == {theirs.id: theirs}


def test_another_stack_is_refused(serving: Host) -> None:
    error = destroy(serving, {"project": "ocr", "stack": "calypso"})["error"]
    assert "this host belongs to the stack ocr/spark" in error["failed"]  # type: ignore[index]
    assert serving.unrest() == []


def test_doing_it_twice_is_doing_it_once(serving: Host) -> None:
    assert destroy(serving) == destroy(serving)


@pytest.mark.parametrize("call", ["docker ps", "docker rm", "docker network"])
def test_a_destroy_that_dies_half_way_is_finished_by_the_next_one(serving: Host, call: str) -> None:
    serving.world.break_on(call, "die")
    serving.job("destroy", owner=OWNER)
    serving.crash()
    serving.guard()
    destroy(serving)
    assert (serving.docker.boxes, serving.docker.networks, serving.states) == ({}, {}, {})


def test_a_swap_that_was_open_is_closed(serving: Host) -> None:
    serving.world.break_on("POST /v1/chat", "die")
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    serving.crash()
    destroy(serving)
    assert serving.site.journal.unfinished() is None


def test_after_a_destroy_the_host_can_be_deployed_to_again(serving: Host) -> None:
    destroy(serving)
    serving.secret("api-key", "v1", "k" * 32)
    assert serving.deploy(wanted("two"))["release"] == 1
    assert serving.unrest() == []
