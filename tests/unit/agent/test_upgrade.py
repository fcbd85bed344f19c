"""A newer agent becomes the one that the guard runs with the first change it makes, and under the lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent import locks
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import MODEL
from tests.unit.agent.platter import Platter
from tests.unit.agent.wanted import OWNER, wanted


class Watched(Platter):
    """A disk that remembers whether the cutover lock was held when a file got the name `current`."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.world._step, host.outside.unsynced)
        self._lock = host.home.cutover_lock
        self.held: list[bool] = []

    def rename(self, old: Path, new: Path) -> None:
        if new.name == "current":
            self.held.append(not locks.is_free(self._lock))
        super().rename(old, new)


@pytest.fixture
def upgraded(serving: Host) -> Host:
    """A host on which release 2 serves, made by an older agent than the one that works there from now on."""
    serving.deploy(wanted("two"))
    serving.ask("current")
    serving.world.agent = serving.home.agents / "second.pyz"
    serving.world.agent.touch()
    return serving


@pytest.mark.parametrize(
    ("verb", "payload"),
    [
        ("deploy", {"wanted": wanted("three"), "owner": OWNER}),
        ("deploy", {"wanted": wanted("two"), "owner": OWNER}),
        ("rollback", {}),
        ("prune", {"keep": 3}),
        ("stop", {}),
        ("start", {}),
    ],
)
def test_every_job_that_changes_what_serves_makes_its_agent_the_current_one_under_the_lock(
    upgraded: Host, verb: str, payload: dict[str, Any]
) -> None:
    current = upgraded.home.agents / "current"
    assert current.resolve().name == "first.pyz"
    disk = upgraded.world.disk = Watched(upgraded)
    assert upgraded.job(verb, **payload)["code"] == 0
    assert current.resolve() == upgraded.world.agent
    assert disk.held == [True]
    assert locks.is_free(upgraded.home.cutover_lock)


def test_a_deploy_that_is_refused_has_handed_over_all_the_same(upgraded: Host) -> None:
    upgraded.docker.away = True
    assert upgraded.job("deploy", wanted=wanted("three"), owner=OWNER)["code"] == 10
    assert (upgraded.home.agents / "current").resolve() == upgraded.world.agent


def test_what_holds_no_lock_leaves_the_guard_its_agent(upgraded: Host) -> None:
    disk = upgraded.world.disk = Watched(upgraded)
    upgraded.ask("facts")
    upgraded.job("fetch", model=MODEL)
    assert disk.held == []
