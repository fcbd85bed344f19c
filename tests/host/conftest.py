"""What every test of this folder begins and ends with."""

from collections.abc import Iterator

import pytest

from lab.project import LabProject


@pytest.fixture
def lab(project: LabProject) -> Iterator[LabProject]:
    """The project with nothing deployed, and nothing left behind."""
    project.write()
    yield project
    project.clean()
