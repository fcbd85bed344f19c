"""The short seed set of the campaign: the cells that every `make test` runs."""

import pytest

from tests.faults.proof import Cell
from tests.faults.proofs import nowhere, proof_of, proofs

SHORT = [cell for proof in proofs(nowhere) for cell in proof.short()]


@pytest.mark.parametrize("cell", SHORT, ids=str)
def test_what_is_promised_holds_after(cell: Cell, request: pytest.FixtureRequest) -> None:
    proof = proof_of(cell, proofs(lambda: request.getfixturevalue("project")))
    proof.run(cell)
