"""One scratch project a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.edge.scratch import Scratch, scratch


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Scratch]:
    """A project with nothing deployed."""
    need("Pulumi engine")
    with scratch(tmp_path) as made:
        yield made
