"""The checklist from the command line: over OpenSSH, to the same pinned host, with the promised shape."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ocrfleet.project import Project
from tests.unit.remote.fixtures import Host
from tests.unit.spec.files import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("ssh"), reason="there is no ssh here")


@pytest.fixture
def checklist(project: Project) -> Path:
    """A checklist of three: one passes, one fails, one is skipped."""
    folder = project.root / "tests/acceptance"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "tests/acceptance/pytest.ini", folder)
    (folder / "test_host.py").write_text(
        "import pytest\n"
        "def test_commands_reach_the_host(host, spec):\n    assert host.run('true').rc == 0 and spec.name == 'lab'\n"
        "def test_the_disk_has_room(host):\n    assert host.run('false').rc == 0, 'only 1 GiB left'\n"
        "def test_the_gpu_answers():\n    pytest.skip('no GPU here')\n",
        encoding="utf-8",
    )
    return folder


def verify(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [f"{Path(sys.executable).parent}/ocrfleet", "verify", "lab", *words]
    env = {**os.environ, "HOME": str(project.root)}
    return subprocess.run(argv, check=False, capture_output=True, text=True, cwd=project.root, env=env)


def test_verify_has_the_promised_shape_and_fails_unless_everything_passed(
    host: Host, project: Project, checklist: Path
) -> None:
    host.like.shell = lambda command, _: int("false" in command)
    done = verify(project, "--json", "--junit", "report.xml")
    report = json.loads(done.stdout)
    assert (done.returncode, report["passed"], report["failed"], report["skipped"]) == (20, 1, 1, 1)
    assert [(check["name"], check["outcome"]) for check in report["checks"]] == [
        ("commands reach the host", "passed"),
        ("the disk has room", "failed"),
        ("the gpu answers", "skipped"),
    ]
    assert "only 1 GiB left" in report["checks"][1]["detail"]
    assert (project.root / "report.xml").is_file()
    assert len(host.server.transports) == 1, "one connection for all checks"


def test_a_host_that_shows_another_key_fails_every_check_that_asks_it(
    host: Host, project: Project, checklist: Path
) -> None:
    wrong = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4e0zDJgLZ2HCPzyzZ1jAeb5ylqHB1tqCHcQk5ZdWyK"
    (project.root / "known").write_text(wrong, encoding="utf-8")
    assert verify(project, "--json").returncode == 20
    assert (host.like.commands, host.like.logins) == ([], [])


def test_a_host_file_that_pins_no_key_is_refused_before_any_check(
    host: Host, project: Project, checklist: Path
) -> None:
    (project.root / "known").unlink()
    done = verify(project)
    assert (done.returncode, done.stdout) == (10, "")
    assert "hosts/lab.yaml pins no host key" in done.stderr
