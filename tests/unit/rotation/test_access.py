"""A consumer's credential is renewed without a moment at which it has none that is good, wherever the operator dies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ocrfleet.edge.credential import Credential, secret_name
from ocrfleet.errors import NotRestored, Refused, Restored
from ocrfleet.rotation.outcome import HANDED_OUT, ROTATED, WAITS
from ocrfleet.secrets import Secret
from tests.unit.rotation.ground import CONSUMER, DAY, NONE, Ground, handed_out
from tests.unit.rotation.steps import Killed, every_kill


def test_the_first_credential_is_made_and_not_the_one_that_the_creation_told() -> None:
    ground = Ground()
    outcome, _ = ground.rotate()
    held = ground.held()
    assert (outcome.what, outcome.until, outcome.proved) == (HANDED_OUT, None, ("ocr.example.org",))
    assert held is not None
    assert ground.good(held)


def test_the_one_before_is_good_for_the_overlap_and_no_longer() -> None:
    ground = handed_out()
    before = ground.held()
    outcome, _ = ground.rotate()
    after = ground.held()
    assert before
    assert after
    assert (outcome.what, outcome.until) == (ROTATED, ground.now + timedelta(days=1))
    assert before.client_id != after.client_id
    ground.at.clock.forward(hours=23, minutes=59, seconds=59)
    assert (ground.good(before), ground.good(after)) == (True, True)
    ground.at.clock.forward(seconds=1)
    assert (ground.good(before), ground.good(after)) == (False, True)


def test_while_the_overlap_lasts_the_same_command_begins_no_other_rotation() -> None:
    ground = handed_out()
    ground.rotate()
    held, writes = ground.held(), len(ground.at.api.writes)
    outcome, _ = ground.rotate()
    assert (outcome.what, ground.held(), len(ground.at.api.writes)) == (WAITS, held, writes)
    ground.at.clock.forward(days=1)
    assert ground.rotate()[0].what == ROTATED


def test_a_part_of_a_second_is_not_cut_off_and_not_added_in_an_emergency() -> None:
    now = datetime(2027, 1, 1, 0, 0, 0, 300_000, tzinfo=UTC)
    assert DAY.end(now) == datetime(2027, 1, 2, 0, 0, 1, tzinfo=UTC)
    assert NONE.end(now) == datetime(2027, 1, 1, tzinfo=UTC)


def test_many_rotations_never_make_a_third_token() -> None:
    ground = handed_out()
    for _ in range(5):
        ground.rotate()
        ground.at.clock.forward(days=2)
    assert len(ground.at.account.tokens) == 2
    assert len(ground.handed) == 6


def test_in_an_emergency_whatever_was_handed_out_is_refused_at_once() -> None:
    ground = handed_out()
    ground.rotate()
    ground.keeps_promises = False
    ground.rotate(NONE)
    *old, held = ground.handed
    assert [ground.good(one) for one in old] == [False, False]
    assert ground.good(held)


def test_a_rotation_makes_a_token_live_on() -> None:
    ground = handed_out()
    for _ in range(3):
        ground.at.clock.forward(days=300)
        ground.rotate()
    held = ground.held()
    assert held
    assert ground.good(held)


def test_a_first_credential_that_was_lost_on_its_way_is_made_again() -> None:
    for kill in every_kill(lambda _: Ground().rotate()[1].count):
        ground = Ground()
        with pytest.raises(Killed):
            ground.rotate(DAY, kill)
        ground.rotate()
        held = ground.held()
        assert held
        assert ground.good(held)


def test_a_consumer_whose_tokens_were_made_anew_gets_another_credential_once() -> None:
    ground, outcomes = Ground(), []
    ground.values[secret_name(CONSUMER)] = Credential("of a token that is gone", Secret("x")).kept()
    for _ in range(2):
        access, steps = ground.access()
        steps.look = lambda: None
        outcomes.append(access.hand_out(CONSUMER))
    held = ground.held()
    assert [outcome and outcome.what for outcome in outcomes] == [HANDED_OUT, None]
    assert held
    assert ground.good(held)


@pytest.mark.parametrize("how", ["rotate", "hand out"])
def test_a_credential_that_the_store_does_not_know_is_good_for_the_overlap(how: str) -> None:
    """Of another store, or lost from this one: somebody uses it all the same."""
    ground = handed_out()
    used = ground.held()
    assert used
    ground.values.clear()
    access, _ = ground.access()
    access.hand_out(CONSUMER) if how == "hand out" else access.rotate(CONSUMER, DAY)
    assert ground.good(used)
    ground.at.clock.forward(days=1)
    assert not ground.good(used)


@pytest.mark.parametrize("rotations", [0, 1])
def test_in_an_emergency_it_is_not_whichever_token_it_is_of(rotations: int) -> None:
    ground = handed_out()
    for _ in range(rotations):
        ground.rotate()
    used = ground.held()
    assert used
    ground.values.clear()
    ground.keeps_promises = False
    ground.rotate(NONE)
    assert not ground.good(used)


def test_one_that_access_does_not_let_in_is_given_to_nobody() -> None:
    ground = handed_out()
    first = ground.held()
    ground.at.account.policies.clear()
    for app in ground.at.account.apps.values():
        app["policies"] = []
    with pytest.raises(Restored, match=r"the new credential of page-worker was not let in at ocr\.example\.org: 403"):
        ground.rotate()
    assert ground.held() == first


def test_in_an_emergency_the_old_one_ends_although_the_new_one_cannot_be_tried() -> None:
    ground = handed_out()
    first = ground.held()
    ground.look = lambda: None  # type: ignore[method-assign]  # nobody is let in now
    for app in ground.at.account.apps.values():
        app["policies"] = []
    with pytest.raises(NotRestored, match="the credential of page-worker that the store has was not let in") as failed:
        ground.rotate(NONE)
    assert failed.value.changed.startswith("the store has the new credential of page-worker")
    held = ground.held()
    assert first
    assert held
    assert (ground.good(first), ground.good(held)) == (False, True)


def test_without_its_tokens_a_consumer_is_told_to_deploy() -> None:
    ground = Ground()
    token = list(ground.at.account.tokens)[-1]
    ground.at.account.tokens[token]["name"] = "of somebody else"
    with pytest.raises(Refused, match="does not have both service tokens of page-worker") as refused:
        ground.rotate()
    assert refused.value.fix.startswith("ocrfleet deploy lab")


def test_a_version_that_is_not_told_is_refused_before_anything_is_made() -> None:
    ground = handed_out()
    for token in ground.at.account.tokens.values():
        token["client_secret_version"] = None
    writes = len(ground.at.api.writes)
    with pytest.raises(Refused, match="does not tell the versions"):
        ground.rotate()
    assert len(ground.at.api.writes) == writes
