"""One lab host and one project per worker for all tests that need a real host."""

import os
from collections.abc import Iterator

import pytest

from lab.project import LabProject
from tests.trial import missing_tools, trial
from tests.unit.agent.garbage import pytest_collection_finish  # noqa: F401  pytest finds hooks by name


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[LabProject]:
    """A prepared lab host and a project for it, one per worker. It is removed afterwards unless KEEP_LAB is set."""
    need("Pulumi engine", "Docker engine")
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    with trial(tmp_path_factory.mktemp("lab"), shared) as made:
        yield made


def need(*tools: str) -> None:
    """Without its tools a test proves nothing: failed where `make test` should have got them, skipped elsewhere."""
    missing = missing_tools(*tools)
    if missing:
        complain = pytest.fail if {"CI", "MAKELEVEL"} & os.environ.keys() else pytest.skip
        complain(f"no {' and no '.join(missing)}: make test gets what is missing")
