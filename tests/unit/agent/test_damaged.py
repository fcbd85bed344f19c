"""A record that is lost or torn is said, and stands in nobody's way."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import HostError
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted

DAMAGED = "the record of what release 1 runs is damaged"
TORN = ["", "{", "[]", "{}", '{"service": {}}']


@pytest.fixture(params=[*TORN, None])
def damaged(serving: Host, request: pytest.FixtureRequest) -> Host:
    """A host that lost the record of what its serving release runs."""
    lose(serving, 1, request.param)
    return serving


def lose(host: Host, number: int, text: str | None = None) -> None:
    path = host.home.release(number) / "manifest.json"
    path.unlink() if text is None else path.write_text(text)


def test_it_is_told_as_a_change_by_hand(damaged: Host) -> None:
    facts = damaged.ask("facts")["result"]
    assert (facts["drift"], facts["serving"]["release"]) == ([DAMAGED], 1)


def test_the_same_deploy_writes_it_again_without_a_new_release(damaged: Host) -> None:
    assert damaged.deploy(wanted("one"))["release"] == 1
    assert damaged.site.releases.wanted(1) == wanted("one")
    assert damaged.ask("facts")["result"]["drift"] == []
    assert damaged.unrest() == []


@pytest.mark.parametrize("strategy", [START_FIRST, STOP_FIRST])
def test_another_deploy_replaces_the_release(damaged: Host, strategy: str) -> None:
    assert damaged.deploy(wanted("two", cutover__strategy=strategy))["release"] == 2
    assert damaged.unrest() == []


@pytest.mark.parametrize("strategy", [START_FIRST, STOP_FIRST])
def test_a_deploy_that_fails_leaves_the_old_engine_answering_and_no_swap_open(damaged: Host, strategy: str) -> None:
    damaged.image("two", Behaviour(text="lorem ipsum"))
    with pytest.raises(HostError) as failed:
        damaged.deploy(wanted("two", cutover__strategy=strategy))
    assert failed.value.code == 30
    assert (damaged.serves(), damaged.site.journal.unfinished()) == (1, None)


def test_a_request_through_it_is_refused_with_what_to_do(damaged: Host) -> None:
    error = damaged.ask("ask", method="GET", path="/v1/models", seconds=5)["error"]
    assert (error["code"], error["failed"], error["next"]) == (10, DAMAGED, "pulumi up -s lab")


def test_it_can_be_stopped_and_is_not_half_started(damaged: Host) -> None:
    assert damaged.job("stop") == {"code": 0, "result": {"stopped": 1}}
    assert damaged.job("start")["error"]["failed"] == DAMAGED
    assert damaged.site.state().stopped


def test_a_damaged_release_is_no_way_back(damaged: Host) -> None:
    damaged.deploy(wanted("two"))
    with pytest.raises(HostError, match=DAMAGED):
        damaged.rollback()
    assert (damaged.serves(), damaged.unrest()) == (2, [])


def test_destroy_finishes(damaged: Host) -> None:
    assert damaged.ask("destroy", owner=OWNER) == {"result": {"destroyed": "lab"}}
    assert (damaged.docker.boxes, damaged.docker.networks, damaged.states) == ({}, {}, {})


def test_what_a_release_runs_is_told_as_nothing(damaged: Host) -> None:
    assert damaged.ask("manifest", release=1) == {"result": {"wanted": {}, "acknowledged": False}}


def test_old_releases_are_pruned_beside_it(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    lose(host, 1)
    lose(host, 3)
    assert host.job("prune", keep=2)["result"]["pruned"] == [1]
    assert host.docker.named("ocrfleet-lab-1") is None
    assert "sha256:proxy" in host.docker.images.values()
