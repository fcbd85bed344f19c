"""What a host tells of its outages is what there was: the release's part and the proxy's, each for itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.agent.host import Host
from tests.unit.agent.wanted import STOP_FIRST, wanted

RUN = wanted()["service"]["proxy"]["run"]
FIRST, SECOND = ([*RUN, f"--new={number}"] for number in (1, 2))


def facts(host: Host) -> dict[str, Any]:
    found: dict[str, Any] = host.ask("facts")["result"]
    return found


@pytest.fixture
def replaced(serving: Host) -> Host:
    """A host where release 2 serves, for which the proxy was replaced."""
    serving.deploy(wanted("two", cutover__strategy=STOP_FIRST, proxy__run=FIRST))
    assert serving.release(2).proxy_seconds
    return serving


def test_what_the_proxy_cost_at_first_is_not_taken_from_a_later_outage_of_the_same_release(replaced: Host) -> None:
    replaced.deploy(wanted("three", cutover__strategy=STOP_FIRST, proxy__run=FIRST))
    replaced.rollback(2)
    again = replaced.release(2)
    assert (again.proxy_seconds, facts(replaced)["proxy_outages"]) == (None, [])
    assert facts(replaced)["outages"][0] == again.outage_seconds


def test_a_swap_that_was_taken_back_leaves_the_figures_that_were(serving: Host) -> None:
    serving.deploy(wanted("two", engine__port=9000, proxy__run=FIRST))
    before = serving.release(1)
    serving.world.break_on("GET /metrics", error=SystemExit("asked to stop (SIGTERM)"))
    assert serving.job("rollback")["code"] == 20
    assert any("the proxy was replaced" in line for line in serving.said)
    assert serving.release(1).proxy_seconds == before.proxy_seconds


def test_a_proxy_that_is_replaced_again_and_again_adds_nothing_to_what_its_release_took(replaced: Host) -> None:
    (held,) = facts(replaced)["outages"]
    for run in (SECOND, FIRST, SECOND):
        replaced.deploy(wanted("two", cutover__strategy=STOP_FIRST, proxy__run=run))
        release = replaced.release(2)
        assert facts(replaced)["outages"] == [held]
        assert facts(replaced)["proxy_outages"] == [release.proxy_seconds]
        assert release.outage_seconds == pytest.approx(held + (release.proxy_seconds or 0))


def test_a_record_that_an_older_agent_left_tells_of_no_outage_below_none(serving: Host) -> None:
    old = {"strategy": STOP_FIRST, "outage_seconds": 2.25, "proxy_seconds": 20.3}
    serving.site.releases.save(serving.release(1).but(**old))
    assert facts(serving)["outages"] == []
