"""The doctor finds what would make a deploy fail, and stops at what makes the rest unknowable."""

import time
from typing import Any

import pytest

from ocrfleet.errors import HostKeyRefused, LoginRefused, OcrfleetError, Unreachable
from ocrfleet.operate.doctor import Finding, examine
from ocrfleet.project import Project
from ocrfleet.remote import Remote, Result
from ocrfleet.spec import load_host
from tests.unit.plan.hosts import told
from tests.unit.remote.fakes import FakeSession


def found(project: Project, *replies: Any) -> dict[str, Finding]:
    host = load_host(project, "lab")
    return {finding.what: finding for finding in examine(project, host, Remote(FakeSession(list(replies))))}


def test_a_healthy_host_has_only_good_findings(project: Project) -> None:
    findings = found(project, told(now=time.time()))
    assert list(findings) == ["templates", "ssh", "docker", "arch", "guard", "disk", "memory", "clock", "drift"]
    assert all(finding.good for finding in findings.values())
    assert findings["ssh"].detail == "ocr@127.0.0.1"


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
    findings = found(project, told(**{"now": time.time(), **changes}))
    assert [finding.what for finding in findings.values() if not finding.good] == [what]
    assert detail in findings[what].detail


def test_a_machine_of_another_kind_is_found(project: Project) -> None:
    path = project.hosts / "lab.yaml"
    path.write_text(path.read_text("utf-8").replace("arch: any", "arch: arm64"), encoding="utf-8")
    assert found(project, told(now=time.time()))["arch"] == Finding("arch", good=False, detail="amd64")


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
    assert list(findings) == ["templates", "agent"]
    assert "no python3" in findings["agent"].detail
    assert "next: install Python 3.10 or newer on the host" in findings["agent"].detail


def test_templates_that_do_not_render_are_the_only_finding_and_nobody_is_asked(project: Project) -> None:
    (project.templates / "lab/Dockerfile.j2").write_text("{{ nobody }}", encoding="utf-8")
    findings = found(project)
    assert list(findings) == ["templates"]
    assert "'nobody' is undefined" in findings["templates"].detail
