"""A swap leaves one line, whoever has to write it, and however long ago it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ocrfleet.agent.audit import Change
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, STOP_FIRST, wanted

BAD = Behaviour(text="lorem ipsum")
Row = tuple[str, str, Any, Any, str, int]


@pytest.fixture
def serving(host: Host) -> Host:
    """A host where release 1 serves, as its audit knows."""
    deploy(host, "one")
    return host


def later(host: Host) -> list[Row]:
    """What was changed since, without times and jobs."""
    lines = host.ask("audit", last=200)["result"]["lines"]
    found = [(line["what"], line["who"], line["from"], line["to"], line["outcome"], line["code"]) for line in lines]
    return [row for row in found if row != ("deploy", "ana@mac", None, 1, "deployed", 0)]


def deploy(host: Host, image: str, **changes: Any) -> dict[str, Any]:
    return host.job("deploy", wanted=wanted(image, **changes), owner=OWNER)


def test_a_swap_whose_job_died_is_told_by_who_restored_it(serving: Host) -> None:
    serving.world.break_on("POST /v1/chat", "die")
    deploy(serving, "two", cutover__strategy=STOP_FIRST)
    serving.reboot()
    serving.guard()
    assert later(serving) == [("recover", "ocrfleet", 2, 1, "restored", 0)]


@pytest.mark.parametrize(("image", "row"), [("two", (1, 2, "recorded")), ("bad", (2, 1, "restored"))])
def test_a_swap_that_ended_and_whose_job_died_before_it_told_is_told_before_the_next_change(
    serving: Host, image: str, row: tuple[int, int, str]
) -> None:
    serving.image("bad", BAD)
    serving.world.break_on("append audit", "die")
    deploy(serving, image)
    serving.crash()
    serving.guard()
    for _ in range(2):
        serving.ask("current")
    assert later(serving) == [("recover", "ocrfleet", *row, 0)]


def test_a_swap_is_told_once_however_much_is_written_after_it(serving: Host) -> None:
    for _ in range(60):
        serving.site.audit.write(Change("start", "guard", 1, 1, "started"))
        serving.ask("current")
    assert {row[0] for row in later(serving)} == {"start"}


def test_a_swap_is_told_once_where_the_lines_about_it_are_gone(serving: Host) -> None:
    serving.home.audit.unlink()
    serving.ask("current")
    assert later(serving) == []


def test_a_swap_is_told_once_where_the_clock_was_set_back_meanwhile(serving: Host) -> None:
    serving.outside.at(serving.outside.seconds + 0.5, lambda: serving.outside.wait(-3600))
    deploy(serving, "two")
    for _ in range(3):
        serving.ask("current")
    assert later(serving) == [("deploy", "ana@mac", 1, 2, "deployed", 0)]


def test_a_swap_that_was_told_and_whose_job_died_then_is_not_told_again(serving: Host) -> None:
    serving.world.break_on("save exit", "die")
    deploy(serving, "two")
    serving.crash()
    for _ in range(60):
        serving.site.audit.write(Change("start", "guard", 2, 2, "started"))
    serving.ask("current")
    assert [row[0] for row in later(serving) if row[0] != "start"] == ["deploy"]


def test_a_job_that_died_between_the_line_and_the_note_of_it_is_not_told_again(serving: Host) -> None:
    serving.world.break_on("sync audit.jsonl", "after")
    deploy(serving, "two")
    serving.crash()
    for _ in range(2):
        serving.ask("current")
    assert [row[0] for row in later(serving)] == ["deploy"]


def test_a_swap_that_an_older_agent_ended_is_its_own_to_tell(serving: Host) -> None:
    last = serving.site.journal.entries()[-1]
    serving.site.journal.write(replace(last, swap="1@9", version=1))
    serving.ask("current")
    assert later(serving) == []


def test_a_swap_is_told_once_the_audit_can_be_written(serving: Host) -> None:
    serving.world.break_on("append audit")
    deploy(serving, "two")
    serving.crash()
    for _ in range(2):
        serving.ask("current")
    assert later(serving) == [("recover", "ocrfleet", 1, 2, "recorded", 0)]
