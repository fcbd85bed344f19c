"""A build secret is read where the operator is, at the moment of a build, and is in no input and no output."""

from pathlib import Path
from typing import Any

import pytest

from ocrfleet.project import Project
from ocrfleet.provider.buildsecrets import secrets_of
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import POISON, image
from tests.unit.provider.wire import Wire, failure

SOURCES = {"pip_index": {"from_env": "PIP_INDEX"}, "ca": {"path_from_env": "CA_FILE"}, "token": {"path": "token"}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An operator's machine that has all three."""
    (tmp_path / "ca.pem").write_bytes(b"\x00pem")
    (tmp_path / "token").write_text(POISON, encoding="utf-8")
    monkeypatch.setenv("PIP_INDEX", POISON)
    monkeypatch.setenv("CA_FILE", str(tmp_path / "ca.pem"))
    return Project(tmp_path)


def test_secrets_are_read_from_where_the_host_file_says(project: Project) -> None:
    assert secrets_of(project, SOURCES, "") == {
        "pip_index": POISON.encode(),
        "ca": b"\x00pem",
        "token": POISON.encode(),
    }


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_no_secret(
    project: Project, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    for name in ("PIP_INDEX", "CA_FILE"):
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    assert secrets_of(project, SOURCES, "").keys() == {"token"}


def test_they_reach_the_host_for_the_build_alone(wire: Wire, host: FakeHost, project: Project) -> None:
    outputs = wire.create("Image", image(buildSecrets=SOURCES))
    upload = host.payloads["build"]["plan"]["upload"]
    sent = {path.rpartition("/")[2] for path in host.session.files if f"secrets/build-{upload}/" in path}
    assert sent == set(host.payloads["build"]["plan"]["secrets"]) == SOURCES.keys()
    assert POISON not in repr((outputs, host.payloads, host.session.commands, wire.heard))


def test_a_preview_does_not_read_them(wire: Wire, project: Project) -> None:
    missing: dict[str, Any] = {"token": {"path": "missing"}}
    assert wire.create("Image", image(buildSecrets=missing), preview=True)["buildSecrets"] == missing


def test_a_file_that_cannot_be_read_is_refused_before_anything_is_sent(wire: Wire, host: FakeHost) -> None:
    failed = failure(lambda: wire.create("Image", image(buildSecrets={"token": {"path": "missing"}})))
    assert failed.parts["failed"].startswith("the secret token cannot be read: [Errno 2]")
    assert failed.parts["next"] == "correct build.secrets in the host file"
    assert (host.asked, host.session.files) == (["facts"], {})
