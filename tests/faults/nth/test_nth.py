"""A sample of the places at which a run can break; the campaign breaks all of them."""

from __future__ import annotations

import pytest

from tests.faults.nth.proof import PROOF


@pytest.mark.parametrize("name", PROOF.names)
def test_whatever_call_breaks_the_host_comes_to_rest_and_the_same_again_converges(name: str) -> None:
    cells = PROOF.short_of(name)
    assert cells
    for cell in cells:
        try:
            PROOF.run(cell)
        except Exception as error:
            error.add_note(f"cell {cell}")
            raise


def test_every_call_of_a_swap_has_a_number() -> None:
    """The proof would hold without a word if the calls had not been counted."""
    calls = PROOF.there("stop-first swap").calls
    commands, files = (
        {"docker", "GET", "POST", "hook"},
        {"write", "sync", "rename", "remove", "overwrite", "append", "open", "sign"},
    )
    assert {call.partition(" ")[0] for call in calls} >= commands | files
    assert len(calls) > 150
