"""The checklist from the command line: over OpenSSH, to the same pinned host, with the promised shape."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ocrfleet.project import Project
from tests.loopback.cli.terminal import Ocrfleet, Ran
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
    assert list(report["waivers"]) == ["unpinned-base"], "what the host file waives is counted"
    assert (project.root / "report.xml").is_file()
    assert len(host.server.transports) == 2, "one connection to look in, and one for all checks"


def test_a_host_behind_another_is_verified_through_it(
    host: Host, project: Project, checklist: Path, tmp_path: Path
) -> None:
    host.like.shell = lambda command, _: int("false" in command)
    (tmp_path / "jump").mkdir()
    with Host.running(tmp_path / "jump") as jump:
        jump.like.accepted = host.like.accepted
        door = f"{{address: 127.0.0.1, port: {jump.target.port}, user: guest, known_hosts: ['{jump.server.line}']}}"
        path = project.hosts / "lab.yaml"
        path.write_text(path.read_text("utf-8").replace("ssh:\n", f"ssh:\n  jump: {door}\n"), encoding="utf-8")
        report = json.loads(verify(project, "--json").stdout)
        assert (report["passed"], report["failed"]) == (1, 1)
        assert jump.like.commands == []


def test_a_host_that_shows_another_key_is_refused_before_any_check(
    ocrfleet: Ocrfleet, host: Host, project: Project, checklist: Path
) -> None:
    wrong = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4e0zDJgLZ2HCPzyzZ1jAeb5ylqHB1tqCHcQk5ZdWyK"
    (project.root / "known").write_text(wrong, encoding="utf-8")
    assert_refused(ocrfleet("verify", "lab", "--json"), 10, "lab shows the host key SHA256:")
    assert (host.like.commands, host.like.logins) == ([], [])


def test_a_host_that_does_not_answer_is_unknown_and_not_failed(
    ocrfleet: Ocrfleet, host: Host, project: Project, checklist: Path
) -> None:
    host.server.close()
    assert_refused(ocrfleet("verify", "lab"), 40, "no answer from lab: ")


def test_a_host_file_that_pins_no_key_is_refused_before_any_check(
    ocrfleet: Ocrfleet, host: Host, project: Project, checklist: Path
) -> None:
    (project.root / "known").unlink()
    assert_refused(ocrfleet("verify", "lab"), 10, "but the host file pins none")


def assert_refused(ran: Ran, code: int, why: str) -> None:
    """Nothing on standard output; why, in four parts, on the other stream."""
    assert (ran.code, ran.out) == (code, "")
    assert why in ran.err.splitlines()[0]
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["failed", "serving", "changed", "next"]
