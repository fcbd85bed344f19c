"""Every message has four parts: what failed, what serves now, what was changed, what to type next."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import (
    Busy,
    CommandFailed,
    Damaged,
    HostError,
    NotRestored,
    Refused,
    Restored,
    Unknown,
)
from tests.unit.agent.host import Host

CODES: dict[type[HostError], int] = {Refused: 10, Damaged: 10, Restored: 20, NotRestored: 30, Unknown: 40, Busy: 50}


@pytest.mark.parametrize("kind", CODES)
def test_each_kind_has_its_exit_code(kind: type[HostError]) -> None:
    assert kind("x", fix="y").as_json(serving="z", host="lab")["code"] == CODES[kind]


def test_the_command_to_type_names_the_host() -> None:
    error = Refused("no", fix="ocrfleet releases HOST, then ocrfleet rollback HOST --to 2")
    assert error.as_json(serving="nothing", host="spark") == {
        "code": 10,
        "failed": "no",
        "serving": "nothing",
        "changed": "nothing",
        "next": "ocrfleet releases spark, then ocrfleet rollback spark --to 2",
    }


def test_an_error_that_knows_better_says_itself_what_serves() -> None:
    error = NotRestored("x", serving="nothing: release 1 is not healthy", fix="y")
    assert error.as_json(serving="release 1", host="lab")["serving"] == "nothing: release 1 is not healthy"


def test_a_failed_command_shows_its_last_ten_lines_and_not_its_arguments() -> None:
    error = CommandFailed(["docker", "create", "--name=x", "--env=A=b"], 125, "\n".join(map(str, range(20))))
    assert str(error) == "docker create --name=x exited with 125: " + "\n".join(map(str, range(10, 20)))


def test_what_serves_is_said_with_since_when(serving: Host) -> None:
    assert serving.site.serving_sentence() == "release 1 since 2026-01-01 01:23:22 UTC"


def test_where_nothing_serves_it_is_said(host: Host) -> None:
    assert host.site.serving_sentence() == "nothing"


@pytest.mark.parametrize("damage", ["{", "[]", '{"colour": "red"}', ""])
def test_a_damaged_state_is_refused_with_a_way_out(serving: Host, damage: str) -> None:
    serving.home.state.write_text(damage)
    error = serving.job("stop")["error"]
    assert error == {
        "code": 10,
        "failed": f"{serving.home.state} is not what was written there",
        "serving": "not known",
        "changed": "nothing",
        "next": f"on the host: rm {serving.home.state}; then ocrfleet rollback lab --to N "
        "(ocrfleet releases lab lists them)",
    }


def test_the_way_out_of_a_damaged_state_leads_out(serving: Host) -> None:
    serving.home.state.write_text("{")
    serving.home.state.unlink()
    assert serving.ask("releases")["result"]["releases"][0]["release"] == 1
    assert serving.rollback(1)["release"] == 1
    assert serving.unrest() == []
