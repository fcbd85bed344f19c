"""What an operator asks of a host afterwards: who changed what, what goes on there, what could go."""

import json
import subprocess
import time
from collections.abc import Callable

from lab.project import LabProject


def test_the_audit_tells_who_changed_what_and_how_it_went(lab: LabProject) -> None:
    lab.deploy()
    lab.up(engine__env={"FAULT": "exits"})
    lines = json.loads(lab.ocrfleet("audit", lab.name, "--json").out)
    mine = [line for line in lines if line["what"] == "deploy"][-2:]
    assert [(line["outcome"], line["code"]) for line in mine] == [("deployed", 0), ("restored", 20)]


def test_what_could_go_is_told_with_its_size_and_stays(lab: LabProject) -> None:
    for number in range(2):
        lab.deploy(engine__env={"NOTE": str(number)}, retention__keep=2)
    before = lab.script("docker ps -aq | wc -l").out
    ran = lab.ocrfleet("prune", lab.name, "--plan", "--json")
    assert ran.code == 0, ran.out
    assert isinstance(json.loads(ran.out), dict)
    assert lab.script("docker ps -aq | wc -l").out == before


def test_a_job_is_followed_from_elsewhere_and_stopped(lab: LabProject) -> None:
    lab.deploy()
    lab.write(engine__env={"NOTE": "stopped"}, gate__healthy_seconds=40)
    words = ["pulumi", "up", f"--stack={lab.name}", "--yes", "--skip-preview", "--non-interactive"]
    with subprocess.Popen(words, cwd=lab.root, env=lab.env, stdout=subprocess.PIPE, text=True) as up:
        until(lambda: "starting release 2" in lab.script("cat /var/lib/ocrfleet/jobs/*/log").out)
        assert "deploy" in lab.ocrfleet("status", lab.name).out
        busy = lab.ocrfleet("rollback", lab.name)
        assert (busy.code, "deploy" in busy.out) == (50, True)
        aborted = lab.ocrfleet("abort", lab.name)
        assert aborted.code == 0, aborted.out
        told = up.communicate(timeout=60)[0]
    assert up.returncode != 0, told
    assert (lab.serving(), lab.engines()) == (1, [f"ocrfleet-{lab.name}-1"])
    assert "Harbour Stores" in lab.read()
    assert "has ended" in lab.ocrfleet("attach", lab.name).out


def until(seen: Callable[[], bool]) -> None:
    """Wait for something on the host."""
    deadline = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.2)
