"""The commands before a first release: init, trust, bootstrap and doctor."""

import time

import pytest

from ocrfleet.project import Project
from ocrfleet.remote.keys import fingerprint
from tests.loopback.cli.terminal import Ocrfleet
from tests.unit.plan.hosts import told
from tests.unit.plan.machines import said
from tests.unit.plan.machines import told as machine
from tests.unit.remote.fakes import failed
from tests.unit.remote.fixtures import FakeAgent, Host


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
    agent.verbs["check"] = lambda _: failed(code=10, failed="Docker runs rootless there").out
    ran = ocrfleet("doctor", "lab", "--json")
    assert ran.code == 10
    assert {"what": "docker", "good": False, "detail": "Docker runs rootless there"} in ran.json
    assert "FAIL docker: Docker runs rootless there\n" in ocrfleet("doctor", "lab").out


def test_doctor_of_a_host_that_is_down_ends_as_every_command_does(ocrfleet: Ocrfleet, host: Host) -> None:
    host.server.close()
    ran = ocrfleet("doctor", "lab", "--json")
    assert (ran.code, ran.out) == (40, "")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["failed", "serving", "changed", "next"]


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


def test_preflight_tells_what_is_short_and_ends_with_ten(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["probe"] = lambda _: machine("", groups=said("ocr"), docker=said("28.5.1"))
    ran = ocrfleet("preflight", "lab", "--json")
    assert ran.code == 10
    short = [one for one in ran.json if not one["good"]]
    assert {one["what"] for one in short} == {"group", "clock"}
    assert "FAIL group: ocr is not in the group docker" in ocrfleet("preflight", "lab").out


def test_preflight_of_a_machine_that_can_ends_with_nothing_to_say(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["probe"] = lambda _: {**machine(""), "now": time.time()}
    ran = ocrfleet("preflight", "lab")
    assert (ran.code, "FAIL" in ran.out) == (0, False)
