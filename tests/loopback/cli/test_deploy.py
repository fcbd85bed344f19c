"""Deploy and destroy carry Pulumi's code; plan and render say before what would come."""

import json
from pathlib import Path

import pytest

from ocrfleet.project import Project
from tests.loopback.cli.terminal import Ocrfleet
from tests.unit.plan.hosts import OUTLOOK, told
from tests.unit.remote.fixtures import FakeAgent


def test_plan_says_what_a_deploy_would_do(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told(images={"ocrfleet-lab/debian:bookworm": "sha256:base"})
    agent.verbs["outlook"] = lambda _: OUTLOOK
    ran = ocrfleet("plan", "lab")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "lab: deploy",
        "image engine: to be built",
        "image proxy: to be built",
        "start-first: nothing is serving yet",
        "expected outage: none; nothing is serving now",
        "disk: about 12.0 GiB needed (twice the image that serves), 80.0 GiB free",
        "kept for a rollback: release 2, 3; pruned: release 1",
    ]
    plan = ocrfleet("plan", "lab", "--json").json
    about = {"refused": None, "peak_gib": None, "disk": {"needed_gib": 12.0, **OUTLOOK["disk"]}}
    assert plan == {**plan, **about, "kept": [2, 3], "going": [1]}
    assert {"action", "strategy", "notes", "outage_seconds", "images", "differences"} < set(plan)


def test_plan_of_what_would_be_refused_says_so_and_ends_as_the_refusal_would(
    ocrfleet: Ocrfleet, agent: FakeAgent
) -> None:
    agent.verbs["facts"] = lambda _: told(images={"ocrfleet-lab/debian:bookworm": "sha256:base"})
    agent.verbs["outlook"] = lambda _: {**OUTLOOK, "refused": {"failed": "port 8000 is taken", "next": "free it"}}
    ran = ocrfleet("plan", "lab")
    assert (ran.code, ran.out.splitlines()[-1]) == (10, "would be refused: port 8000 is taken; next: free it")
    ran = ocrfleet("plan", "lab", "--json")
    assert (ran.code, ran.json["refused"]) == (10, {"failed": "port 8000 is taken", "next": "free it"})


def test_plan_of_a_host_without_the_base_is_refused_and_not_a_traceback(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told()
    ran = ocrfleet("plan", "lab")
    assert ran.code == 10
    assert ran.err.startswith("failed:  the base image ocrfleet-lab/debian:bookworm is not on the host")


def test_render_writes_and_lists_the_files(ocrfleet: Ocrfleet, tmp_path: Path) -> None:
    ran = ocrfleet("render", "lab", "--out", str(tmp_path / "out"))
    assert str(tmp_path / "out/context/Dockerfile") in ran.out.splitlines()
    assert json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))[:2] == ["docker", "create"]


@pytest.mark.parametrize(("script", "code"), [("echo '(ocrfleet exit code 20)'; exit 1", 20), ("exit 0", 0)])
def test_deploy_ends_with_the_code_that_pulumi_carried(
    ocrfleet: Ocrfleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, code: int
) -> None:
    (tmp_path / "pulumi").write_text(f"#!/bin/sh\necho '[a] $1'\n{script}\n", encoding="utf-8")
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    ran = ocrfleet("deploy", "lab")
    assert (ran.code, ran.out.splitlines()[0]) == (code, "[a] $1")


def test_deploy_of_a_wrong_host_file_never_starts_pulumi(ocrfleet: Ocrfleet, project: Project) -> None:
    (project.hosts / "lab.yaml").write_text("name: lab\n", encoding="utf-8")
    ran = ocrfleet("deploy", "lab")
    assert ran.code == 10
    assert "hosts/lab.yaml:1: arch: expected, but it is missing" in ran.err


def test_a_destroy_without_yes_only_says_what_would_go(ocrfleet: Ocrfleet, project: Project) -> None:
    ran = ocrfleet("destroy", "lab")
    assert ran.code == 10
    assert "ocrfleet destroy lab --yes" in ran.out


def test_a_destroy_ends_with_the_code_that_pulumi_carried(
    ocrfleet: Ocrfleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pulumi").write_text('#!/bin/sh\necho "$1 $OCRFLEET_WAIT"\necho "(ocrfleet exit code 50)"\nexit 1\n')
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    ran = ocrfleet("destroy", "lab", "--yes", "--wait", "5")
    assert (ran.code, ran.out.splitlines()[0]) == (50, "destroy 5.0")
