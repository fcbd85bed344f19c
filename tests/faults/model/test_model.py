"""A hundred short stories of a host; the campaign tells longer ones."""

from __future__ import annotations

import pytest

from tests.faults.model.proof import PROOF
from tests.faults.proof import Cell


@pytest.mark.parametrize("cell", PROOF.short(), ids=str)
def test_in_whatever_order_things_happen_what_serves_read_its_page(cell: Cell) -> None:
    PROOF.run(cell)
