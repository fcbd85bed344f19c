"""One scratch project a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cloudflare.scratch import Scratch, scratch
from tests.conftest import need


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Scratch]:
    """A project with nothing deployed."""
    need("Pulumi engine")
    with scratch(tmp_path) as made:
        yield made
