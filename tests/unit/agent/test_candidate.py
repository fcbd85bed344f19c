"""While a swap runs, the release it is about is a candidate, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted


def during(host: Host, verb: str, **payload: Any) -> list[int | None]:
    """Which release is the candidate in the middle of a job, and after it."""
    found: list[int | None] = []

    def look() -> None:
        found.append(host.ask("releases")["result"]["candidate"])

    host.outside.at(host.outside.seconds + 1.5, look)
    assert host.job(verb, **payload)["code"] == 0
    look()
    return found


@pytest.mark.parametrize("strategy", [START_FIRST, STOP_FIRST])
def test_the_release_a_deploy_starts_is_the_candidate_until_it_serves(serving: Host, strategy: str) -> None:
    wish = wanted("two", cutover__strategy=strategy)
    assert during(serving, "deploy", wanted=wish, owner=OWNER) == [2, None]


def test_the_release_a_rollback_starts_is_too(serving: Host) -> None:
    serving.deploy(wanted("two"))
    assert during(serving, "rollback") == [1, None]


def test_a_release_that_was_made_a_moment_ago_is_too(serving: Host) -> None:
    serving.world.break_on("docker ps --no-trunc", "die")
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    serving.crash()
    with serving.alone():
        assert serving.ask("releases")["result"]["candidate"] == 2


def test_one_whose_job_died_before_its_swap_is_none(serving: Host) -> None:
    serving.world.break_on("docker ps --no-trunc", "die")
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    serving.crash()
    assert serving.states[2] == "candidate"
    assert serving.ask("releases")["result"]["candidate"] is None
