"""An operator at a terminal, in a project of its own, with one host that answers SSH."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from ocrfleet.project import Project
from tests.unit.cli.terminal import Ocrfleet, terminal
from tests.unit.operate.projects import copy
from tests.unit.remote.fixtures import FakeAgent, Host
from tests.unit.spec.files import LAB


@pytest.fixture(scope="session", autouse=True)
def built() -> Iterator[None]:
    """Build the commands once: typer does it for every call, as a process has only one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.main.get_command", cache(get_command))
        yield


@pytest.fixture
def ocrfleet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Project) -> Ocrfleet:
    """Runs `ocrfleet` in the project."""
    monkeypatch.chdir(project.root)
    return terminal(monkeypatch, capsys)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the project to write in."""
    return copy(tmp_path / "project")


@pytest.fixture
def host(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """The host of the project's only host file."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with Host.running(tmp_path) as host:
        known = project.root / "known"
        known.write_text(host.server.line, encoding="utf-8")
        text = LAB.replace("22022", str(host.target.port)).replace(".lab/host/known_hosts", "known")
        text = text.replace(".lab/host/id_ed25519", f"{tmp_path}/id")
        (project.hosts / "lab.yaml").write_text(text, encoding="utf-8")
        yield host


@pytest.fixture
def agent(host: Host) -> FakeAgent:
    """The host's agent; a test gives it its answers."""
    host.like.shell = FakeAgent(host.like.root, {})
    return host.like.shell
