"""A machine is asked within ten seconds, whatever hangs there, and `up` begins nothing that it could not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.project import LabProject

LISTENER = "import socket, time; s = socket.create_server(('127.0.0.1', 8000)); s.listen(); time.sleep(120)"
HANGING = ("/usr/local/bin/nvidia-smi", "/usr/local/bin/df", "/usr/local/bin/id")


@pytest.fixture
def broken(lab: LabProject) -> Iterator[LabProject]:
    """A host on which programs hang or strangers listen, until the test is over."""
    yield lab
    lab.inside("rm", "-f", *HANGING)
    lab.signal("KILL", "s[.]listen", check=False)


def preflight(lab: LabProject) -> tuple[int, dict[str, dict[str, Any]]]:
    ran = lab.ocrfleet("preflight", lab.name, "--json")
    # Two may be about one thing: that it did not answer, and what is known without it.
    return ran.code, {one["what"]: one for one in sorted(json.loads(ran.out), key=lambda one: not one["good"])}


def seconds(found: dict[str, dict[str, Any]]) -> float:
    """What its answer says of the time it took."""
    assert found["time"]["good"], found["time"]
    return float(found["time"]["detail"].partition(" ")[0])


def test_it_answers_within_ten_seconds(lab: LabProject) -> None:
    code, found = preflight(lab)
    assert code == 0, [one for one in found.values() if not one["good"]]
    assert seconds(found) <= 10


def test_it_answers_within_ten_seconds_where_programs_hang_and_up_refuses(broken: LabProject) -> None:
    for path in HANGING:
        broken.script(f"printf '#!/bin/sh\\nexec sleep 60\\n' >{path} && chmod +x {path}")
    code, found = preflight(broken)
    assert code == 10
    assert seconds(found) <= 10
    assert {"gpus", "apps", "disk", "docker_disk", "groups"} <= {what for what, one in found.items() if not one["good"]}
    jobs = broken.script("ls /var/lib/ocrfleet/jobs").out
    ran = broken.up(build__template="lab", engine__env={"NEW": "1"})
    assert "(ocrfleet exit code 10)" in ran.out
    assert "no answer in 4 s" in ran.out
    assert broken.script("ls /var/lib/ocrfleet/jobs").out == jobs


def test_a_port_that_a_stranger_has_refuses_up(broken: LabProject) -> None:
    broken.script(f'python3 -c "{LISTENER}" >/dev/null 2>&1 & sleep 1')
    code, found = preflight(broken)
    assert (code, found["port"]["good"]) == (10, False)
    ran = broken.up()
    assert "8000 is taken by something that is not ours" in ran.out
    assert "(ocrfleet exit code 10)" in ran.out
