"""Wherever the operator dies while a credential is renewed, the next run ends it: every call, not a sample of them."""

from __future__ import annotations

from contextlib import suppress

import pytest

from ocrfleet.rotation.outcome import FINISHED, ROTATED, WAITS, Lap
from tests.unit.rotation.ground import DAY, NONE, handed_out
from tests.unit.rotation.steps import Killed, every_kill


def calls(lap: Lap) -> int:
    return handed_out().rotate(lap)[1].count


@pytest.mark.parametrize("lap", [DAY, NONE], ids=["overlap", "emergency"])
def test_killed_before_or_after_any_call_the_next_run_converges(lap: Lap) -> None:
    """Every call of the whole command, not a sample; `Ground.look` is at every moment, in the run that dies, too."""
    places = list(every_kill(lambda _: calls(lap)))
    assert len(places) >= 14
    for kill in places:
        ground = handed_out()
        first = ground.held()
        with pytest.raises(Killed):
            ground.rotate(lap, kill)
        ground.look()
        outcome, _ = ground.rotate(lap)
        held = ground.held()
        assert outcome.what in {ROTATED, FINISHED, WAITS}, kill
        assert first
        assert held
        assert held != first, f"killed at {kill} nothing was rotated"
        assert len(ground.at.account.tokens) == 2
        assert ground.good(first) == (not lap.is_none), kill
        ground.at.clock.forward(days=2)
        assert (ground.good(first), ground.good(held)) == (False, True), kill


def test_killed_twice_in_any_two_places_it_converges_all_the_same() -> None:
    for one in every_kill(lambda _: calls(DAY)):
        for other in every_kill(lambda _: calls(DAY)):
            ground = handed_out()
            first = ground.held()
            for kill in (one, other):
                with suppress(Killed):
                    ground.rotate(DAY, kill)
            ground.rotate()
            held = ground.held()
            assert held != first
            assert first
            assert ground.good(first)
            assert len(ground.at.account.tokens) == 2


def test_the_places_to_be_killed_at_are_all_there() -> None:
    names = handed_out().rotate()[1].names
    begun = ["store read", "GET /zones", names[2], "POST rotate", "POST refresh", "edge"]
    is_newest, retired = names[6], names[8]
    assert names == [*begun, is_newest, "store write", retired, is_newest, "edge"]
    assert is_newest.startswith("GET /accounts/")
    assert retired.startswith("PUT ")
