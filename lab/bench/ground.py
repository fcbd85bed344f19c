"""What every family of figures stands on: a lab host made for it, our project on it, and an empty project beside."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.bench.figures import tell, timed
from lab.docker import Docker, find_docker
from lab.empty import EmptyProject
from lab.keys import Keys
from lab.machine import LabHost
from lab.places import Places
from lab.project import LabProject
from ocrfleet.operate.bootstrap import prepare

# As the lab's own host file says.
MIN_HEALTHY = 12


@dataclass(frozen=True)
class Ground:
    """A host that serves, and how often each thing is measured."""

    folder: Path
    docker: Docker
    project: LabProject
    empty: EmptyProject
    rounds: int

    def deploy(self, **changes: Any) -> None:
        """Deploy a change with the gate that the lab's host file has."""
        self.project.deploy(gate__healthy_seconds=MIN_HEALTHY, **changes)

    def up(self, *words: str) -> None:
        """Run `pulumi up` on what the host file says."""
        self.project.pulumi("up", f"--stack={self.project.name}", "--yes", *words)

    @property
    def serving(self) -> dict[str, Any]:
        """The record of the release that serves."""
        return dict(self.project.remote.facts().serving or {})


@contextmanager
def ground(rounds: int) -> Iterator[Ground]:
    """A host with the lab's engine deployed; all of it is removed afterwards."""
    docker = find_docker(Places(), lambda _: None)
    with tempfile.TemporaryDirectory(prefix="ocrfleet-bench-") as made:
        folder = Path(made)
        with lab_project(folder / "ours", docker, name="bench") as project:
            made_ground = Ground(folder, docker, project, EmptyProject.make(folder / "empty", project.env), rounds)
            tell("deploying the lab's engine, s", timed(made_ground.deploy))
            yield made_ground


@contextmanager
def lab_project(folder: Path, docker: Docker, *, name: str) -> Iterator[LabProject]:
    """A bootstrapped lab host and a project for it; the host is removed afterwards."""
    host = LabHost(f"ocrfleet-{name}-{os.getpid()}", _free_port(), Keys(folder / "keys"))
    try:
        host.ensure(docker, lambda _: None)
        place = {"port": host.port, "keys": host.keys.folder, "container": host.name, "docker": docker.words}
        project = LabProject.make(folder / "project", name=name, **place)
        prepare(project.remote, project.host, lambda _: None)
        yield project
    finally:
        host.remove(docker, lambda _: None)


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port: int = plug.getsockname()[1]
        return port
