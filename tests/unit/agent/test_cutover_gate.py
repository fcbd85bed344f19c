"""A release that fails its gate leaves the old one serving, and says what was measured and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocrfleet.agent.errors import Restored
from tests.unit.agent.host import Host
from tests.unit.agent.swaps import FAILING, GOOD, fails, two
from tests.unit.agent.wanted import START_FIRST, wanted


@pytest.mark.parametrize("bad", FAILING)
def test_a_release_that_fails_its_gate_leaves_the_old_one_serving(serving: Host, strategy: str, bad: str) -> None:
    serving.image("two", FAILING[bad])
    error = fails(serving, two(strategy))
    assert serving.unrest() == []
    assert (error.code, serving.serves(), serving.engines()) == (20, 1, [1])
    assert serving.steps[-1] == "restored"


@pytest.mark.parametrize("bad", FAILING)
def test_a_release_that_failed_its_gate_is_kept_stopped_with_its_log_and_why(
    serving: Host, strategy: str, bad: str
) -> None:
    serving.image("two", FAILING[bad])
    serving.docker.logs["sha256:two"] = "ValueError: no GPU\n"
    error = fails(serving, two(strategy))
    assert not serving.box(2).running
    assert (serving.home.release(2) / "log").read_text() == "ValueError: no GPU\n"
    assert serving.states == {1: "good", 2: "failed"}
    assert serving.release(2).reason in error.failed  # type: ignore[operator]


MEASURED = {
    "exits at once": {"passed", "why"},
    "never healthy": {"passed", "why"},
    "another model": {"passed", "why", "ready_seconds"},
    "cut off": {"passed", "why", "ready_seconds", "seconds"},
    "dies soon": {"passed", "why", "ready_seconds", "seconds", "cer"},
}


@pytest.mark.parametrize("bad", MEASURED)
def test_what_a_gate_measured_until_it_failed_is_in_the_record(serving: Host, strategy: str, bad: str) -> None:
    serving.image("two", FAILING[bad])
    error = fails(serving, two(strategy))
    gate = serving.release(2).gate
    assert (set(gate), gate["passed"]) == (MEASURED[bad], False)
    assert error.failed.startswith(f"release 2 did not take over: {gate['why']}")


def test_the_error_rate_of_a_text_that_is_too_wrong_is_in_the_record(serving: Host) -> None:
    serving.image("two", replace(GOOD, text="Outgo 117 Please pay 1,234.50 USD."))
    fails(serving, two(START_FIRST))
    assert serving.release(2).gate["cer"] == pytest.approx(0.278, abs=0.001)


def test_a_proxy_that_refuses_its_configuration_is_no_gate_that_failed(serving: Host) -> None:
    serving.world.break_on("docker exec")
    fails(serving, two(START_FIRST))
    assert serving.release(2).gate == {}


def test_the_message_has_four_parts_and_a_command_to_type(serving: Host, strategy: str) -> None:
    serving.image("two", FAILING["cut off"])
    said = fails(serving, two(strategy)).as_json(serving=serving.site.serving_sentence(), host="lab")
    assert said == {
        "code": 20,
        "failed": "release 2 did not take over: golden page: the answer ended by 'length', not 'stop'; "
        "it read 'Invoice 117 Please pay 1,234.50 EUR.'",
        "serving": f"release 1 since {SINCE}",
        "changed": "nothing that serves; the release that served before serves again, and release 2 is kept, "
        "stopped, for its logs",
        "next": "ocrfleet logs lab --release 2",
    }


SINCE = "2026-01-01 01:23:22 UTC"


def test_a_candidate_that_cannot_be_stopped_is_said_and_stopped_later(serving: Host) -> None:
    serving.image("two", FAILING["wrong text"])
    serving.docker.stubborn.add("sha256:two")
    error = fails(serving, two(START_FIRST))
    assert (error.code, serving.serves()) == (30, 1)
    serving.docker.stubborn.clear()
    serving.guard()
    assert serving.unrest() == []


def test_a_first_release_that_fails_leaves_nothing_serving(host: Host) -> None:
    host.image("one", FAILING["wrong text"])
    error = fails(host, wanted("one"))
    assert isinstance(error, Restored)
    assert (host.engines(), host.site.state().serving) == ([], None)
    assert "nothing was serving before" in error.changed
    host.guard()
    assert host.engines() == []


def test_after_a_first_release_that_failed_a_good_one_serves(host: Host) -> None:
    host.image("one", FAILING["wrong text"])
    fails(host, wanted("one"))
    assert host.deploy(wanted("two"))["release"] == 2
    assert host.unrest() == []
