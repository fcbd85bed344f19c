"""One lab host for all tests of this folder, made once, with a project of its own."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from project import LabProject

from lab.docker import find_docker
from lab.keys import Keys
from lab.machine import LabHost
from lab.places import Places
from ocrfleet.operate.bootstrap import prepare


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProject]:
    """A prepared lab host and a project for it. It is removed afterwards unless KEEP_LAB is set."""
    folder = tmp_path_factory.mktemp("lab")
    docker = find_docker(Places(), print)
    host = LabHost(f"ocrfleet-test-{os.getpid()}", _free_port(), Keys(folder / "keys"))
    try:
        host.ensure(docker, lambda _: None)
        made = LabProject.make(
            folder / "project",
            name="trial",
            port=host.port,
            keys=folder / "keys",
            container=host.name,
            docker=docker.words,
        )
        prepare(made.remote, made.host, lambda _: None)
        yield made
    finally:
        if "KEEP_LAB" not in os.environ:
            host.remove(docker, lambda _: None)


@pytest.fixture
def lab(project: LabProject) -> Iterator[LabProject]:
    """The project with nothing deployed, and nothing left behind."""
    project.write()
    yield project
    project.clean()


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port: int = plug.getsockname()[1]
        return port
