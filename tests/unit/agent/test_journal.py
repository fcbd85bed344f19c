"""The journal says how far a swap came, whatever was torn, full or old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ocrfleet.agent.journal import COMMITTED, RESTORED, SLOT, SLOTS, Entry, Journal
from tests.unit.agent.host import Host

STEPS = ("prepared", "candidate_started", "gated", "switched", "drained")


# An agent of another version reads it.
RECORD = (
    b'5ec6341d {"boot": "boot-1", "previous": 1, "step": "prepared", "strategy": "start-first", "swap": "a", "to": 2, '
    b'"version": 2}\n'
)


def entry(swap: str, step: str) -> Entry:
    return Entry(swap, step, to=2, previous=1, strategy="start-first", boot="boot-1")


@pytest.fixture
def path(host: Host) -> Path:
    return host.home.journal


@pytest.fixture
def journal(host: Host) -> Journal:
    return host.site.journal


def test_a_new_journal_has_its_full_size_and_no_entry(journal: Journal, path: Path) -> None:
    assert path.stat().st_size == SLOT * SLOTS
    assert journal.entries() == []


def test_preparing_again_changes_nothing(journal: Journal, path: Path, host: Host) -> None:
    journal.write(entry("a", "prepared"))
    before = path.read_bytes()
    host.world.calls.clear()
    journal.prepare()
    assert (path.read_bytes(), host.world.calls) == (before, [])


def test_a_journal_whose_making_was_cut_short_gets_its_full_size(journal: Journal, path: Path) -> None:
    journal.write(entry("a", "prepared"))
    path.write_bytes(path.read_bytes()[:2000])
    journal.prepare()
    assert path.read_bytes() == RECORD.ljust(SLOT * SLOTS, b"\0")
    assert journal.entries() == [entry("a", "prepared")]


def test_a_journal_is_made_of_nothing(journal: Journal, path: Path) -> None:
    path.unlink()
    journal.prepare()
    assert path.read_bytes() == bytes(SLOT * SLOTS)


def test_steps_are_read_in_the_order_they_were_written(journal: Journal) -> None:
    for step in STEPS:
        journal.write(entry("a", step))
    assert [one.step for one in journal.entries()] == list(STEPS)
    assert journal.entries()[0] == entry("a", "prepared")


def test_a_whole_swap_writes_inside_the_space_that_was_made_for_it(journal: Journal, path: Path) -> None:
    for step in (*STEPS, COMMITTED):
        journal.write(entry("a" * 40, step))
    assert path.stat().st_size == SLOT * SLOTS


def test_a_new_swap_begins_where_the_old_one_began(journal: Journal) -> None:
    for step in (*STEPS, COMMITTED):
        journal.write(entry("old", step))
    journal.write(entry("new", "prepared"))
    assert journal.entries() == [entry("new", "prepared")]


def test_entries_of_an_old_swap_behind_a_new_one_are_not_part_of_it(journal: Journal) -> None:
    for step in (*STEPS, COMMITTED):
        journal.write(entry("old", step))
    for step in STEPS[:3]:
        journal.write(entry("new", step))
    assert [(one.swap, one.step) for one in journal.entries()] == [("new", step) for step in STEPS[:3]]


@pytest.mark.parametrize("torn", [b"", b"\0" * 20, b"00000000 {}\n", b"not hexadecimal", b"\xff\xfe\n", b"1 2 3\n"])
def test_a_torn_record_was_never_written(journal: Journal, path: Path, torn: bytes) -> None:
    for step in STEPS[:3]:
        journal.write(entry("a", step))
    content = path.read_bytes()
    path.write_bytes(content[: 2 * SLOT] + torn.ljust(SLOT, b"\0") + content[3 * SLOT :])
    assert [one.step for one in journal.entries()] == list(STEPS[:2])


@pytest.mark.parametrize("flipped", [0, 5, 9, 30, 60])
def test_one_changed_byte_makes_a_record_torn(journal: Journal, path: Path, flipped: int) -> None:
    journal.write(entry("a", "prepared"))
    content = bytearray(path.read_bytes())
    content[flipped] ^= 1
    path.write_bytes(content)
    assert journal.entries() == []


def test_the_step_after_a_torn_record_takes_its_place(journal: Journal, path: Path) -> None:
    for step in STEPS[:3]:
        journal.write(entry("a", step))
    content = path.read_bytes()
    path.write_bytes(content[: 2 * SLOT] + bytes(SLOT) + content[3 * SLOT :])
    journal.write(entry("a", RESTORED))
    assert [one.step for one in journal.entries()] == [*STEPS[:2], RESTORED]


def test_a_record_of_an_unknown_shape_is_no_record(journal: Journal, path: Path) -> None:
    record = b'6f8cc2b4 {"swap": "x", "colour": "red"}\n'
    path.write_bytes(record.ljust(SLOT, b"\0"))
    assert journal.entries() == []


@pytest.mark.parametrize("end", [COMMITTED, RESTORED])
def test_a_swap_that_ended_is_not_unfinished(journal: Journal, end: str) -> None:
    journal.write(entry("a", "prepared"))
    journal.write(entry("a", end))
    assert journal.unfinished() is None


@pytest.mark.parametrize("count", range(1, len(STEPS) + 1))
def test_an_unfinished_swap_is_known_by_its_last_step(journal: Journal, count: int) -> None:
    for step in STEPS[:count]:
        journal.write(entry("a", step))
    assert journal.unfinished() == entry("a", STEPS[count - 1])


def test_a_host_without_a_journal_has_no_unfinished_swap(journal: Journal, path: Path) -> None:
    path.unlink()
    assert journal.unfinished() is None


def test_a_record_is_written_without_any_free_space(host: Host) -> None:
    host.world.full = True
    host.site.journal.write(entry("a", "prepared"))
    assert host.site.journal.unfinished() == entry("a", "prepared")


def test_that_a_swap_was_told_is_remembered_until_the_next_one(journal: Journal) -> None:
    for swap in ("old", "new"):
        for step in (*STEPS, COMMITTED):
            journal.write(entry(swap, step))
        assert not journal.is_told()
        journal.tell(swap)
        assert journal.is_told()
        assert journal.entries()[-1] == entry(swap, COMMITTED)


def test_of_an_open_swap_that_was_told_the_next_step_follows_all_the_same(journal: Journal) -> None:
    journal.write(entry("a", "prepared"))
    journal.tell("a")
    journal.write(entry("a", RESTORED))
    assert [one.step for one in journal.entries()] == ["prepared", RESTORED]


def test_only_the_last_swap_can_be_told(journal: Journal, path: Path) -> None:
    journal.write(entry("a", "prepared"))
    before = path.read_bytes()
    journal.tell("b")
    assert path.read_bytes() == before
    assert not journal.is_told()


def test_a_swap_that_an_older_agent_began_is_told_by_the_agent_that_ends_it(journal: Journal) -> None:
    began = replace(entry("a", "prepared"), version=1)
    journal.write(began)
    journal.write(began.at(RESTORED))
    assert not journal.is_told()


def test_where_there_was_no_swap_nothing_is_to_be_told(journal: Journal) -> None:
    assert journal.is_told()
