"""What render's tests start from."""

from pathlib import Path

import pytest

from tests.unit.render.project import Trial


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """The lab's host and a copy of its templates."""
    return Trial.make(tmp_path)
