"""One answer tells everything a plan needs, with Docker or without."""

from __future__ import annotations

import platform

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.facts import ARCHES
from ocrfleet.agent.memory import Memory, measure
from ocrfleet.agent.strategy import START_FIRST, STOP_FIRST, choose
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

KEYS = {
    "arch",
    "now",
    "owner",
    "guard_alive",
    "memory",
    "disk_free_gib",
    "models",
    "job",
    "serving",
    "previous",
    "settings",
    "pinned",
    "stopped",
    "outages",
    "proxy_outages",
    "ready",
    "docker",
    "images",
    "drift",
}


def test_a_new_host_tells_that_nothing_is_there(host: Host) -> None:
    facts = host.ask("facts")["result"]
    assert facts.keys() == KEYS
    assert (facts["serving"], facts["previous"], facts["job"], facts["owner"]) == (None, None, None, None)
    assert (facts["docker"], facts["drift"], facts["guard_alive"]) == (None, [], True)


def test_the_architecture_has_dockers_name() -> None:
    assert platform.machine() not in ARCHES or ARCHES[platform.machine()] in {"amd64", "arm64"}


def test_a_serving_host_tells_what_serves_and_what_was_before(serving: Host) -> None:
    serving.deploy(wanted("two"))
    facts = serving.ask("facts")["result"]
    assert (facts["serving"]["release"], facts["previous"]["release"], facts["owner"]) == (2, 1, OWNER)
    assert facts["serving"]["since"] == serving.site.state().since
    assert len(facts["ready"]) == 2


def test_the_previous_release_is_the_highest_good_one_below(serving: Host) -> None:
    for image in ("two", "three"):
        serving.deploy(wanted(image))
    serving.rollback(2)
    assert serving.ask("facts")["result"]["previous"]["release"] == 1


def test_only_outages_that_were_are_counted(serving: Host) -> None:
    serving.deploy(wanted("two", cutover__strategy=STOP_FIRST))
    assert serving.ask("facts")["result"]["outages"] == [serving.release(2).outage_seconds]


def test_a_docker_that_is_away_is_said_and_the_rest_is_told(serving: Host) -> None:
    serving.docker.away = True
    facts = serving.ask("facts")["result"]
    assert facts.keys() == KEYS
    assert facts["docker"].startswith("the Docker engine does not answer")
    assert facts["serving"]["release"] == 1


def test_a_job_at_work_is_told(serving: Host) -> None:
    serving.world.later = []
    job = serving.ask("deploy", wanted=wanted("two"), owner=OWNER)["result"]["job"]
    with locks.hold(serving.world, serving.home.job(job) / "lock", {}):
        at_work = serving.ask("facts")["result"]["job"]
    assert (at_work["key"], at_work["what"], at_work["who"]) == (job, "deploy", "ana@mac")


@pytest.mark.parametrize(
    ("smi", "memory"),
    [
        ("23552\n", Memory(23.0, "gpu")),
        ("23552\n1024\n", Memory(1.0, "gpu")),
        ("[N/A]\n", Memory(64.0, "system")),
        ("", Memory(64.0, "system")),
        (None, Memory(64.0, "system")),
    ],
)
def test_memory_is_the_gpus_or_where_it_has_none_of_its_own_the_machines(
    host: Host, smi: str | None, memory: Memory
) -> None:
    host.outside.smi = smi
    assert measure(host.world) == memory


def test_a_machine_that_does_not_tell_its_memory_has_none_to_spare(host: Host) -> None:
    host.outside.memory_gib = 0
    assert measure(host.world).free_gib == 0


STRATEGIES = [
    (64.0, "auto", True, START_FIRST, "64.0 GiB gpu memory free, 8.0 needed, 2.0 kept in reserve"),
    (10.0, "auto", True, START_FIRST, "10.0 GiB gpu memory free, 8.0 needed, 2.0 kept in reserve"),
    (9.9, "auto", True, STOP_FIRST, "9.9 GiB gpu memory free, 8.0 needed, 2.0 kept in reserve"),
    (0.0, "auto", False, START_FIRST, "nothing is serving yet"),
    (0.0, "start-first", True, START_FIRST, "the host file says so"),
    (64.0, "stop-first", True, STOP_FIRST, "the host file says so"),
    (64.0, "stop-first", False, START_FIRST, "nothing is serving yet"),
]


@pytest.mark.parametrize(("free", "asked", "serving", "strategy", "why"), STRATEGIES)
def test_a_second_copy_is_started_first_only_where_it_fits(
    free: float, asked: str, serving: bool, strategy: str, why: str
) -> None:
    choice = choose(wanted(cutover__strategy=asked)["service"], Memory(free, "gpu"), serving=serving)
    assert (choice.strategy, choice.why) == (strategy, why)


def test_the_strategy_is_told_and_follows_what_was_measured(serving: Host) -> None:
    serving.outside.memory_gib = 5.0
    serving.deploy(wanted("two"))
    assert serving.release(2).strategy == STOP_FIRST
    assert "strategy: stop-first (5.0 GiB system memory free, 8.0 needed, 2.0 kept in reserve)" in serving.said
