"""Each command, from the words an operator types to what the host is asked and what is printed."""

import json
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.project import Project
from ocrfleet.remote.keys import fingerprint
from tests.unit.cli.terminal import Ocrfleet, job
from tests.unit.plan.hosts import told
from tests.unit.remote.fakes import failed
from tests.unit.remote.fixtures import FakeAgent, Host

BEGUN = {"job": "k", "state": "started"}


def test_a_rollback_shows_its_lines_beside_and_its_result_in_front(
    ocrfleet: Ocrfleet, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    agent.verbs.update(job(outcome="rolled back", release=2))
    ran = ocrfleet("rollback", "lab", "--to", "2")
    assert ran.out.startswith("lab: release 2 is serving and pinned; to deploy again: ocrfleet unpin lab\n")
    assert "Pulumi's state does not know it yet (there is no pulumi command here)" in ran.out
    assert ran.err == "one\n# two\n"
    assert agent.calls[0][1]["to"] == 2


@pytest.mark.parametrize(
    ("verb", "result", "line"),
    [
        ("unpin", {"was_pinned": 2}, "lab: release 2 is not pinned any more\n"),
        ("unpin", {"was_pinned": None}, "lab: nothing was pinned\n"),
        ("stop", {"stopped": 3}, "lab: release 3 is stopped; to start it: ocrfleet start lab\n"),
        ("start", {"started": 3}, "lab: release 3 is serving\n"),
    ],
)
def test_a_short_command_says_in_one_line_what_is_true_now(
    ocrfleet: Ocrfleet, agent: FakeAgent, verb: str, result: dict[str, Any], line: str
) -> None:
    agent.verbs.update({**job(**result), verb: lambda _: result if verb == "unpin" else BEGUN})
    assert ocrfleet(verb, "lab").out == line


@pytest.mark.parametrize("code", [10, 20, 30, 40, 50])
def test_the_hosts_error_is_the_exit_code_and_goes_to_the_other_stream(
    ocrfleet: Ocrfleet, agent: FakeAgent, code: int
) -> None:
    agent.verbs["stop"] = lambda _: failed(code=code).out
    ran = ocrfleet("stop", "lab")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err == "failed:  it broke\nserving: release 3\nchanged: nothing\nnext:    ocrfleet x\n"


def test_trust_without_a_fingerprint_only_shows_and_with_it_pins(
    ocrfleet: Ocrfleet, host: Host, project: Project
) -> None:
    (project.root / "known").unlink()
    shown, name = fingerprint(host.server.keys[0].asbytes()), f"[127.0.0.1]:{host.target.port}"
    ran = ocrfleet("trust", "lab")
    assert (ran.code, f"lab shows {shown} (ssh-ed25519)" in ran.out) == (10, True)
    assert not (project.root / "known").exists()
    assert ocrfleet("trust", "lab", "--fingerprint", shown).code == 0
    assert (project.root / "known").read_text(encoding="utf-8") == f"{name} {host.server.line}\n"


def test_doctor_fails_when_one_finding_is_bad(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told(docker="Docker runs rootless there")
    ran = ocrfleet("doctor", "lab", "--json")
    assert ran.code == 10
    assert {"what": "docker", "good": False, "detail": "Docker runs rootless there"} in ran.json
    assert "FAIL docker: Docker runs rootless there\n" in ocrfleet("doctor", "lab").out


def test_doctor_of_a_host_that_is_down_ends_as_every_command_does(ocrfleet: Ocrfleet, host: Host) -> None:
    host.server.close()
    ran = ocrfleet("doctor", "lab", "--json")
    assert (ran.code, ran.out) == (40, "")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["failed", "serving", "changed", "next"]


def test_plan_says_what_a_deploy_would_do(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told(images={"ocrfleet-lab/debian:bookworm": "sha256:base"})
    ran = ocrfleet("plan", "lab")
    assert ran.out.splitlines() == [
        "lab: deploy",
        "image engine: to be built",
        "image proxy: to be built",
        "start-first: nothing is serving yet",
        "expected outage: none; nothing is serving now",
    ]
    plan = ocrfleet("plan", "lab", "--json").json
    assert set(plan) == {"action", "strategy", "notes", "images", "differences"}


def test_plan_of_a_host_without_the_base_is_refused_and_not_a_traceback(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told()
    ran = ocrfleet("plan", "lab")
    assert ran.code == 10
    assert ran.err.startswith("failed:  the base image ocrfleet-lab/debian:bookworm is not on the host")


def test_render_writes_and_lists_the_files(ocrfleet: Ocrfleet, tmp_path: Path) -> None:
    ran = ocrfleet("render", "lab", "--out", str(tmp_path / "out"))
    assert str(tmp_path / "out/context/Dockerfile") in ran.out.splitlines()
    assert json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))[:2] == ["docker", "create"]


def test_init_makes_a_host_and_says_what_comes_next(ocrfleet: Ocrfleet, project: Project) -> None:
    ran = ocrfleet("init", "spark", "--address", "192.0.2.1", "--user", "sparky")
    assert ran.out.splitlines() == [
        "made hosts/spark.yaml",
        "made templates/spark",
        "made Pulumi.spark.yaml",
        "next: ocrfleet trust spark, then ocrfleet bootstrap spark",
    ]
    assert (project.hosts / "spark.yaml").exists()


@pytest.mark.parametrize("words", [[], ["--address", "192.0.2.1"], ["--user", "sparky"]])
def test_init_of_a_name_alone_says_what_to_give(ocrfleet: Ocrfleet, project: Project, words: list[str]) -> None:
    ran = ocrfleet("init", "spark", *words)
    assert (ran.code, ran.out) == (10, "")
    assert "next:    for example: ocrfleet init spark --address 192." in ran.err
    assert all(word in ran.err for word in words)
    assert not (project.hosts / "spark.yaml").exists()


def test_bootstrap_can_be_printed_without_touching_the_host(ocrfleet: Ocrfleet, host: Host) -> None:
    ran = ocrfleet("bootstrap", "lab", "--print")
    assert ran.out.startswith("set -- ocr 172.30.240.0/24 172.30.241.0/28\n#!/bin/sh\n")
    assert host.server.transports == []


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


@pytest.mark.parametrize("verb", ["unpin", "stop", "start"])
def test_how_long_a_change_waits_for_another_one_is_told_to_the_host(
    ocrfleet: Ocrfleet, agent: FakeAgent, verb: str
) -> None:
    told = {"was_pinned": None, "stopped": 3, "started": 3}
    agent.verbs.update({**job(**told), verb: lambda _: told if verb == "unpin" else BEGUN})
    assert ocrfleet(verb, "lab", "--wait", "90").code == 0
    assert agent.calls[0][1]["wait"] == 90


def test_a_rollback_waits_on_the_host_too(
    ocrfleet: Ocrfleet, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    agent.verbs.update(job(outcome="rolled back", release=2))
    ocrfleet("rollback", "lab", "--wait", "30")
    assert agent.calls[0][1]["wait"] == 30


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


def test_attach_shows_the_lines_beside_and_the_end_in_front(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    at_work = {"key": "k", "what": "deploy", "who": "ana@mac", "since": 1.0, "at_work": True}
    agent.verbs.update({**job(outcome="deployed", release=4), "jobs": lambda _: {"jobs": [at_work]}})
    ran = ocrfleet("attach", "lab")
    assert (ran.code, ran.out) == (0, "lab: deploy by ana@mac: deployed, release 4\n")
    assert ran.err == "deploy by ana@mac, job k\none\n# two\n"


def test_abort_says_what_was_stopped_and_what_it_said(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    error = {"code": 20, "failed": "asked to stop", "serving": "release 2", "changed": "nothing", "next": "x"}
    ended = {"state": "finished", "text": "", "offset": 0, "exit": {"code": 20, "error": error}}
    told = {"key": "k", "what": "deploy", "who": "ana@mac"}
    agent.verbs.update({"abort": lambda _: {"job": told}, "job": lambda _: ended})
    ran = ocrfleet("abort", "lab", "--job", "k")
    assert (ran.code, ran.out.splitlines()[:2]) == (0, ["lab: deploy by ana@mac was stopped", "failed:  asked to stop"])
    assert agent.calls[0][1]["job"] == "k"


def test_abort_where_nothing_is_at_work_says_so(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["abort"] = lambda _: {"job": None}
    ran = ocrfleet("abort", "lab")
    assert (ran.code, ran.out) == (0, "lab: nothing is at work that could be stopped\n")
