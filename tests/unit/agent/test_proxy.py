"""A proxy that must be made anew answers what it was asked first, and what that cost is measured and told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.agent.host import Host
from tests.unit.agent.wanted import START_FIRST, STOP_FIRST, wanted

OTHER = {"proxy__run": [*wanted()["service"]["proxy"]["run"], "--new"]}


def calls(host: Host, wish: dict[str, Any]) -> list[str]:
    host.world.calls.clear()
    host.deploy(wish)
    return host.world.calls


def test_it_is_stopped_with_the_time_a_drain_has_before_it_is_removed(serving: Host) -> None:
    done = calls(serving, wanted("one", **OTHER))
    assert done.index("docker stop --time=4") < done.index("docker rm --force")
    assert serving.unrest() == []


def test_one_that_does_not_end_is_removed_by_force(serving: Host) -> None:
    serving.docker.stubborn.add("sha256:proxy")
    assert serving.deploy(wanted("one", **OTHER))["outcome"] == "settings applied"
    assert serving.unrest() == []


def test_what_it_costs_in_place_is_in_the_record_and_told(serving: Host) -> None:
    serving.deploy(wanted("one", **OTHER))
    one = serving.release(1)
    assert one.outage_seconds == one.proxy_seconds
    assert (one.proxy_seconds or 0) > 0
    assert serving.ask("facts")["result"]["proxy_outages"] == [one.proxy_seconds]
    assert f"the proxy was replaced: nobody answered for {one.proxy_seconds:.1f} s" in serving.said


def test_start_first_with_another_proxy_has_an_outage_and_says_so(serving: Host) -> None:
    serving.deploy(wanted("two", cutover__strategy=START_FIRST, **OTHER))
    two, facts = serving.release(2), serving.ask("facts")["result"]
    assert (two.outage_seconds or 0) > 0
    assert two.outage_seconds == two.proxy_seconds
    assert facts["outages"] == []


def test_with_stop_first_who_waits_is_answered_before_the_proxy_is_stopped(serving: Host) -> None:
    done = calls(serving, wanted("two", cutover__strategy=STOP_FIRST, **OTHER))
    assert len(done) - 1 - done[::-1].index("save upstream") < done.index("docker stop --time=4")
    assert serving.unrest() == []


@pytest.mark.parametrize("strategy", [START_FIRST, STOP_FIRST])
def test_a_proxy_that_stays_costs_nothing(serving: Host, strategy: str) -> None:
    serving.deploy(wanted("two", cutover__strategy=strategy))
    assert serving.release(2).proxy_seconds is None
