"""The doctor finds what would make a deploy fail, and stops at what makes the rest unknowable."""

import time
from typing import Any

import pytest

from ocrfleet.errors import HostKeyRefused, LoginRefused, OcrfleetError, Unreachable
from ocrfleet.operate.doctor import examine
from ocrfleet.plan.finding import Finding
from ocrfleet.project import Project
from ocrfleet.remote import Remote, Result
from ocrfleet.spec import load_host
from tests.unit.plan.hosts import told
from tests.unit.remote.fakes import FakeSession, failed
from tests.unit.spec.files import with_values

STACK = "config:\n  ocrfleet:api-key:\n    secure: v1:aGVsbG8=:d29ybGQ=\nencryptionsalt: v1:8Jk=:v1:xyz:abc==\n"
WHAT = ["templates", "secrets", "ssh", "docker", "arch", "guard", "disk", "memory", "clock", "drift"]
WHAT += ["engine image", "proxy image", "deploy"]


@pytest.fixture
def project(project: Project) -> Project:
    """A project whose stack has its secret."""
    (project.root / "Pulumi.lab.yaml").write_text(STACK, encoding="utf-8")
    return project


def found(project: Project, *replies: Any) -> dict[str, Finding]:
    host = load_host(project, "lab")
    return {finding.what: finding for finding in examine(project, host, Remote(FakeSession([*replies, {}])))}


def test_a_healthy_host_has_only_good_findings(project: Project) -> None:
    findings = found(project, healthy())
    assert list(findings) == WHAT
    assert all(finding.good for finding in findings.values())
    assert findings["ssh"].detail == "ocr@127.0.0.1"


def healthy(**changes: Any) -> dict[str, Any]:
    """What a host tells on which a deploy would work."""
    images = {"ocrfleet-lab/debian:bookworm": "sha256:base"}
    return told(**{"now": time.time(), "images": images, **changes})


def test_an_image_that_is_not_there_is_to_be_built(project: Project) -> None:
    assert found(project, healthy())["engine image"].detail == "to be built"


def test_the_host_is_asked_for_this_project_and_stack(project: Project) -> None:
    session = FakeSession([healthy(), {}])
    examine(project, load_host(project, "lab"), Remote(session))
    assert session.payloads[-1]["owner"] == {"project": "ocrfleet", "stack": "lab"}


def test_what_the_host_would_refuse_is_found_with_what_to_type(project: Project) -> None:
    refusal = failed(
        code=10, failed="port 8000 on the host is taken by something that is not ours", next="free port 8000"
    )
    finding = found(project, healthy(), refusal)["deploy"]
    detail = "port 8000 on the host is taken by something that is not ours; next: free port 8000"
    assert finding == Finding("deploy", good=False, detail=detail)


@pytest.mark.parametrize("text", ["", "config: {}\n", "encryptionsalt: v1:x\n", None])
def test_a_secret_that_the_stack_lacks_is_found_with_what_to_type(project: Project, text: str | None) -> None:
    stack = project.root / "Pulumi.lab.yaml"
    stack.unlink() if text is None else stack.write_text(text, encoding="utf-8")
    finding = found(project, healthy())["secrets"]
    assert not finding.good
    assert "openssl rand -hex 32 | pulumi config set --secret ocrfleet:api-key -s lab" in finding.detail


def test_a_store_is_asked_for_what_it_has(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.hosts / "lab.yaml").write_text(with_values({"secrets": {"store": "env"}}), encoding="utf-8")
    monkeypatch.delenv("OCRFLEET_SECRET_API_KEY", raising=False)
    finding = found(project, healthy())["secrets"]
    assert not finding.good
    assert "the store env has no api-key: openssl rand -hex 32 | ocrfleet secrets set lab api-key" in finding.detail
    monkeypatch.setenv("OCRFLEET_SECRET_API_KEY", "hunter2")
    assert found(project, healthy())["secrets"] == Finding("secrets", good=True, detail="the store env has them")
    esc = {"store": "esc", "esc": {"environment": "goldfish/ocrfleet/lab"}}
    (project.hosts / "lab.yaml").write_text(with_values({"secrets": esc}), encoding="utf-8")
    monkeypatch.delenv("PULUMI_ACCESS_TOKEN", raising=False)
    finding = found(project, healthy())["secrets"]
    assert not finding.good
    assert "PULUMI_ACCESS_TOKEN is not set" in finding.detail


def test_without_docker_nothing_is_said_of_images(project: Project) -> None:
    assert "engine image" not in found(project, healthy(docker="off"))


def test_a_base_that_is_nowhere_is_found(project: Project) -> None:
    findings = found(project, healthy(images={}))
    for what in ("engine image", "proxy image"):
        assert not findings[what].good
        assert "the base image ocrfleet-lab/debian:bookworm is not on the host" in findings[what].detail
        assert "; next: pin it" in findings[what].detail


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "docker": ({"docker": "Docker runs rootless there"}, "Docker runs rootless there"),
    "guard": ({"guard_alive": False}, "ocrfleet bootstrap lab"),
    "disk": ({"disk_free_gib": 1.5}, "1.5 GiB free"),
    "clock": ({"now": 0.0}, "s from this machine's"),
    "drift": ({"drift": ["a", "b"]}, "a; b"),
}


@pytest.mark.parametrize("what", BAD)
def test_one_thing_wrong_is_one_bad_finding(project: Project, what: str) -> None:
    changes, detail = BAD[what]
    findings = found(project, healthy(**changes))
    assert [finding.what for finding in findings.values() if not finding.good] == [what]
    assert detail in findings[what].detail


def test_a_machine_of_another_kind_is_found(project: Project) -> None:
    path = project.hosts / "lab.yaml"
    path.write_text(path.read_text("utf-8").replace("arch: any", "arch: arm64"), encoding="utf-8")
    assert found(project, healthy())["arch"] == Finding("arch", good=False, detail="amd64")


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("lab", reason="it did not answer in time"),
        HostKeyRefused("lab", shown="SHA256:x", pinned=()),
        LoginRefused("lab", reason="no", fix="ssh-add"),
    ],
)
def test_a_host_nobody_gets_into_is_an_error_and_no_finding(project: Project, error: OcrfleetError) -> None:
    with pytest.raises(type(error)):
        found(project, error)


def test_a_host_that_cannot_run_the_agent_is_the_last_finding(project: Project) -> None:
    findings = found(project, Result(127, b"", b"sh: python3: not found"))
    assert list(findings) == ["templates", "secrets", "agent"]
    assert "no python3" in findings["agent"].detail
    assert "next: install Python 3.10 or newer on the host" in findings["agent"].detail


def test_templates_that_do_not_render_are_the_only_finding_and_nobody_is_asked(project: Project) -> None:
    (project.templates / "lab/Dockerfile.j2").write_text("{{ nobody }}", encoding="utf-8")
    findings = found(project)
    assert list(findings) == ["templates"]
    assert "'nobody' is undefined" in findings["templates"].detail
