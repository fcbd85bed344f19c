"""What an operator asks of a host afterwards: who changed what, what goes on there, what could go."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from lab.project import LabProject
from ocrfleet.project import Project
from ocrfleet.remote import Target
from ocrfleet.remote.ssh import dial

HOOKS = "/var/lib/ocrfleet/hooks"
# A hook that keeps what it is told, and refuses once somebody says so.
HOOK = "#!/bin/sh\ncat >>/tmp/told\necho the demo is at ten\n[ ! -e /tmp/no ]"


@pytest.fixture
def hooked(lab: LabProject) -> Iterator[LabProject]:
    """A host whose owner wants to be told of everything."""
    for name in ("pre-deploy", "post-deploy", "on-failure", "on-rollback"):
        lab.script(f"printf '%s' '{HOOK}' >{HOOKS}/{name}; chmod 755 {HOOKS}/{name}; chown ocr: {HOOKS}/{name}")
    lab.script("rm -f /tmp/no; : >/tmp/told; chmod 666 /tmp/told")
    yield lab
    lab.script(f"rm -f {HOOKS}/* /tmp/no /tmp/told")


def test_hooks_and_audit_tell_who_changed_what_and_how_it_went(hooked: LabProject) -> None:
    lab = hooked
    lab.deploy()
    lab.up(engine__env={"FAULT": "exits"})
    lab.deploy(engine__env={"NOTE": "good"})
    lab.remote.rollback(None, lambda _: None)
    lab.remote.tell("unpin")
    lab.script("touch /tmp/no")
    refused = lab.up(engine__env={"NOTE": "refused"})
    assert "(ocrfleet exit code 10)" in refused.out
    assert "the hook pre-deploy ended with exit code 1; its last lines:" in refused.out
    assert "the demo is at ten" in refused.out

    told = [json.loads(line) for line in lab.inside("cat", "/tmp/told").out.splitlines()]
    assert [(one["hook"], one["from"], one["to"]) for one in told] == [
        ("pre-deploy", None, 1),
        ("post-deploy", None, 1),
        ("pre-deploy", 1, 2),
        ("on-failure", 1, 2),
        ("pre-deploy", 1, 3),
        ("post-deploy", 1, 3),
        ("on-rollback", 3, 1),
        ("pre-deploy", 1, 4),
    ]
    assert all(one["host"] == lab.name and one["who"] and one["image"].startswith("sha256:") for one in told)
    lines = json.loads(lab.ocrfleet("audit", lab.name, "--last", "5", "--json").out)
    assert [(line["what"], line["outcome"], line["code"]) for line in lines] == [
        ("deploy", "deployed", 0),
        ("deploy", "restored", 20),
        ("deploy", "deployed", 0),
        ("rollback", "rolled back", 0),
        ("unpin", "unpinned", 0),
    ]


def test_what_could_go_is_told_with_its_size_and_goes_for_a_nearly_full_disk(lab: LabProject) -> None:
    for number in range(3):
        lab.deploy(engine__env={"NOTE": str(number)})
    before = lab.script("docker ps -aq | wc -l").out
    ran = lab.ocrfleet("prune", lab.name, "--plan", "--json")
    assert ran.code == 0, ran.out
    assert isinstance(json.loads(ran.out), dict)
    assert lab.script("docker ps -aq | wc -l").out == before
    assert lab.ocrfleet("prune", lab.name, "--floor", "100000").code == 0
    assert [one["state"] for one in lab.remote.tell("releases")["releases"]] == ["pruned", "good", "good"]
    assert "Harbour Stores" in lab.read()


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


def test_the_first_answer_after_a_login_does_not_wait_for_an_acknowledgement(lab: LabProject) -> None:
    # The host's port is published by Docker, whose proxy acknowledges late: that takes 40 ms.
    assert min(first_answer(lab) for _ in range(5)) < 0.03


def until(seen: Callable[[], bool]) -> None:
    """Wait for something on the host."""
    deadline = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def first_answer(lab: LabProject) -> float:
    """How many seconds a new connection takes to open its first channel."""
    connection = dial(Project(lab.root), Target.of(lab.host))
    with closing(connection):
        start = time.monotonic()
        connection.transport.open_session()
        return time.monotonic() - start
