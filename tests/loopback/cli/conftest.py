"""An operator at a terminal, in a project of its own, with one host that answers SSH."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from lab.cloudflare.place import TOKEN, Place, place
from lab.cloudflare.server import serving
from ocrfleet.project import Project
from ocrfleet.remote.host import WAIT
from tests.loopback.cli.terminal import PUBLIC, Ocrfleet, Says, terminal
from tests.unit.operate.projects import copy
from tests.unit.remote.fixtures import FakeAgent, Host
from tests.unit.spec.files import LAB, with_values


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


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An account that the operator's token is for."""
    at = place()
    with serving(at.api) as served:
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", served.url)
        yield at


@pytest.fixture
def public(project: Project, at: Place) -> Place:
    """The project's host is public."""
    edge = {"zone": "example.org", "team": "example", "hostnames": {PUBLIC: {"audience": ["page-worker"]}}}
    (project.hosts / "lab.yaml").write_text(with_values({"edge": edge}), encoding="utf-8")
    return at


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """A program called pulumi: it exports a state and says what else it was asked."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(*resources: dict[str, Any], code: int = 0) -> None:
        state = tmp_path / "state.json"
        state.write_text(json.dumps({"deployment": {"resources": resources}}), encoding="utf-8")
        waits = f"${WAIT}"
        script = f'case "$1 $2" in "stack export") cat {state};; config*) echo {{}};;'
        script += f' *) echo "$@" waits {waits} >>{tmp_path}/asked; exit {code};; esac'
        (tmp_path / "pulumi").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / "pulumi").chmod(0o755)

    write()
    return write
