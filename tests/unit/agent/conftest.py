"""Hosts: an empty one, and one where release 1 serves; and what many tests need on them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrfleet.agent.jobs import Jobs
from ocrfleet.agent.machine import Machine
from tests.unit.agent.builds import send
from tests.unit.agent.garbage import pytest_collection_finish  # noqa: F401  pytest finds hooks by name
from tests.unit.agent.host import Host, prepared
from tests.unit.agent.photograph import Photograph
from tests.unit.agent.tasks import JOB
from tests.unit.agent.wanted import START_FIRST, STOP_FIRST, wanted

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def root() -> Iterator[Path]:
    """The folder of whatever host is there; a photograph is of this one."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder) / "ocrfleet"


@pytest.fixture(scope="session")
def served(root: Path) -> Photograph:
    """How a host looks on which release 1 serves: deploying it for each test would take a quarter of their time."""
    with prepared(root) as host:
        host.deploy(wanted("one"))
        return host.photograph()


@pytest.fixture
def host(root: Path) -> Iterator[Host]:
    """A host that was prepared and never deployed to; the images one, two and three are there and good."""
    with prepared(root) as host:
        yield host


@pytest.fixture
def serving(served: Photograph, host: Host) -> Host:
    """A host where release 1 serves the image one."""
    host.go_back(served)
    return host


@pytest.fixture(params=[START_FIRST, STOP_FIRST])
def strategy(request: pytest.FixtureRequest) -> str:
    """Each of the two ways to a new release."""
    found: str = request.param
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """The real machine, with a reserve that is not there yet."""
    return Machine(tmp_path / "reserve")


@pytest.fixture
def jobs(host: Host) -> Jobs:
    """The jobs of the host."""
    return Jobs(host.world, host.home)


@pytest.fixture
def folder(host: Host) -> Path:
    """Where the job of these tests is kept."""
    return host.home.job(JOB.key)


@pytest.fixture
def ready(host: Host) -> Host:
    """A host to which a context and a secret were sent, where a build makes its image."""
    host.docker.images["debian:12"] = "sha256:debian"
    send(host)

    def succeed(argv: list[str]) -> int:
        tag = next(word.removeprefix("--tag=") for word in argv if word.startswith("--tag="))
        host.docker.images[tag] = "sha256:built"
        return 0

    host.world.build = succeed
    return host
