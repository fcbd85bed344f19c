"""The guard starts what should run: the serving release, its proxy, and the way between them."""

from __future__ import annotations

import pytest

from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted


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


def test_an_engine_that_docker_started_after_its_swap_was_undone_is_stopped(serving: Host) -> None:
    """Two engines may not fit beside each other; the one that serves needs its memory."""
    serving.docker.unstartable.add("sha256:two")
    assert serving.job("deploy", wanted=wanted("two"), owner=OWNER)["code"] == 20
    serving.box(2).running = True
    serving.guard(looks=1)
    assert (serving.serves(), serving.engines()) == (1, [1])


def test_an_engine_that_docker_starts_while_the_service_is_stopped_on_purpose_is_stopped(serving: Host) -> None:
    serving.ask("stop")
    serving.box(1).running = True
    serving.guard(looks=1)
    assert serving.engines() == []
