"""The short seed set of the campaign on lab hosts: the cells that every `make test` runs."""

import pytest

from tests.faults.proof import Cell
from tests.faults.proofs import nowhere, on_hosts, proof_of

SHORT = [cell for proof in on_hosts(nowhere) for cell in proof.short()]


@pytest.mark.parametrize("cell", SHORT, ids=str)
def test_what_is_promised_holds_after(cell: Cell, request: pytest.FixtureRequest) -> None:
    proof = proof_of(cell, on_hosts(lambda: request.getfixturevalue("project")))
    proof.run(cell)
