"""The host remembers which releases a stack's state knew."""

from __future__ import annotations

from typing import Any

from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted


def is_known(host: Host, number: int) -> Any:
    return host.ask("manifest", release=number)["result"]["acknowledged"]


def test_a_release_is_in_no_state_until_somebody_says_so(serving: Host) -> None:
    assert not is_known(serving, 1)
    assert serving.ask("acknowledge", release=1) == {"result": {}}
    assert is_known(serving, 1)
    serving.deploy(wanted("two"))
    assert (is_known(serving, 1), is_known(serving, 2)) == (True, False)


def test_what_is_known_already_is_not_written_again(serving: Host) -> None:
    serving.ask("acknowledge", release=1)
    serving.world.calls.clear()
    serving.ask("acknowledge", release=1)
    assert [call for call in serving.world.calls if call.startswith("save")] == []


def test_a_release_that_is_not_there_is_not_made(serving: Host) -> None:
    assert serving.ask("acknowledge", release=7) == {"result": {}}
    assert serving.states == {1: "good"}


def test_another_service_after_a_destroy_is_not_the_one_that_was_known(serving: Host) -> None:
    serving.ask("acknowledge", release=1)
    serving.ask("destroy", owner={"project": "ocr", "stack": "spark"})
    serving.secret("api-key", "v1", "k" * 32)
    serving.deploy(wanted("two"))
    assert not is_known(serving, 1)
