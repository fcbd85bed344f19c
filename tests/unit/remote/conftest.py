"""What remote's tests start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.remote.fixtures import Host


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host that is up, and an operator without an SSH agent."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with Host.running(tmp_path) as host:
        yield host
