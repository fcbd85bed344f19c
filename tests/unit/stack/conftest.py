"""What the tests of a stack start from."""

from pathlib import Path

import pytest

from ocrfleet.project import Project
from tests.unit.operate.projects import copy
from tests.unit.stack.program import Stack


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The lab's stack in a project of its own."""
    project: Project = copy(tmp_path / "project")
    monkeypatch.chdir(project.root)
    return Stack(project)
