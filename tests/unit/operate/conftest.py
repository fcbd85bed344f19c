"""What operate's tests start from."""

from pathlib import Path

import pytest

from ocrfleet.project import Project
from tests.unit.operate.projects import copy


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the project to write in."""
    return copy(tmp_path / "project")
