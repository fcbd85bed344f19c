"""The table of threats names tests that are there."""

import re

import pytest

from tests.unit.spec.files import ROOT

TABLE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_every_threat_has_a_control_and_a_test_that_is_there(row: str) -> None:
    threat, control, test = (cell.strip() for cell in row.strip("|").split("|"))
    assert threat
    assert control
    found = re.fullmatch(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", test)
    assert found
    assert re.search(rf"^def {found[2]}\(", (ROOT / found[1]).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_table_is_read() -> None:
    assert len(ROWS) > 15
