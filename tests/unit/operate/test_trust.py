"""A host's key is pinned only when it is the one that was asked for, and nothing else in the file changes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ocrfleet.errors import Refused
from ocrfleet.operate.trust import pin, scan
from ocrfleet.project import Project
from ocrfleet.remote import Target, connect
from ocrfleet.remote.keys import Pinned, pinned_keys
from ocrfleet.spec import HostSpec, load_host
from tests.unit.remote.fixtures import FakeAgent, Host, hash_of
from tests.unit.spec.files import LAB

SHOWN = Pinned("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIJ4e0zDJgLZ2HCPzyzZ1jAeb5ylqHB1tqCHcQk5ZdWyK")
LINE = f"{SHOWN.kind} {SHOWN.body}"
NAME = "[127.0.0.1]:22022"
INLINE = LAB.replace("  known_hosts_file: .lab/host/known_hosts\n", "")


def written(project: Project, text: str) -> HostSpec:
    (project.hosts / "lab.yaml").write_bytes(text.encode())
    return load_host(project, "lab")


def pins(project: Project) -> tuple[Pinned, ...]:
    return pinned_keys(project, Target.of(load_host(project, "lab")))


def test_the_key_is_written_into_the_host_file(project: Project) -> None:
    path = pin(project, written(project, INLINE), SHOWN, SHOWN.fingerprint)
    assert path == project.hosts / "lab.yaml"
    assert path.read_text(encoding="utf-8") == INLINE.replace("ssh:\n  ", f'ssh:\n  known_hosts: ["{LINE}"]\n  ')
    assert pins(project) == (SHOWN,)


def test_line_ends_stay_as_they_are(project: Project) -> None:
    path = pin(project, written(project, INLINE.replace("\n", "\r\n")), SHOWN, SHOWN.fingerprint)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == INLINE.count("\n") + 1


def test_a_key_file_is_written_where_the_host_file_names_one(project: Project) -> None:
    path = pin(project, written(project, LAB), SHOWN, SHOWN.fingerprint)
    assert path == project.root / ".lab/host/known_hosts"
    assert (path.read_text(encoding="utf-8"), pins(project)) == (f"{NAME} {LINE}\n", (SHOWN,))
    assert (project.hosts / "lab.yaml").read_text(encoding="utf-8") == LAB


def test_the_keys_of_other_machines_in_that_file_stay(project: Project) -> None:
    theirs = [
        b"# my machines\n",
        b"github.com ssh-ed25519 AAAA1\n",
        b"127.0.0.1 ssh-ed25519 AAAA2\n",
        f"{hash_of('spark')} ssh-rsa AAAA3\n".encode(),
        b"@revoked * ssh-rsa AAAA4\n",
        b"m\xfcller ssh-rsa AAAA5 a comment",
    ]
    ours = [f"{NAME} ssh-rsa AAAA6\n", f"{hash_of(NAME)} ssh-rsa AAAA7\n", "ssh-ed25519 AAAA8\n"]
    shared = f"spark,{NAME} ssh-rsa AAAA9\n"
    file = project.root / ".lab/host/known_hosts"
    file.parent.mkdir(parents=True)
    file.write_bytes("".join([*ours, shared]).encode() + b"".join(theirs))
    file.chmod(0o600)
    pin(project, written(project, LAB), SHOWN, SHOWN.fingerprint)
    assert file.read_bytes() == b"spark ssh-rsa AAAA9\n" + b"".join(theirs) + f"\n{NAME} {LINE}\n".encode()
    assert (pins(project), file.stat().st_mode & 0o777) == ((SHOWN,), 0o600)
    assert [path.name for path in file.parent.iterdir()] == ["known_hosts"]


def test_a_link_to_a_key_file_stays_a_link(project: Project) -> None:
    folder = project.root / ".lab/host"
    folder.mkdir(parents=True)
    (folder / "known_hosts").symlink_to("real")
    pin(project, written(project, LAB), SHOWN, SHOWN.fingerprint)
    assert (folder / "known_hosts").is_symlink()
    assert (folder / "real").read_text(encoding="utf-8") == f"{NAME} {LINE}\n"


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here")
def test_openssh_finds_the_key_by_the_machines_name(project: Project) -> None:
    path = pin(project, written(project, LAB), SHOWN, SHOWN.fingerprint)
    found = subprocess.run(["ssh-keygen", "-F", NAME, "-f", path], check=True, capture_output=True, text=True)
    assert LINE in found.stdout


@pytest.mark.parametrize("asked", ["SHA256:other", "", SHOWN.fingerprint.lower(), SHOWN.fingerprint[:-1]])
def test_any_other_fingerprint_is_refused_and_nothing_is_written(project: Project, asked: str) -> None:
    host = written(project, INLINE)
    with pytest.raises(Refused) as refused:
        pin(project, host, SHOWN, asked)
    assert f"lab shows the host key {SHOWN.fingerprint}, not {asked}" in refused.value.failed
    assert "ssh-keygen -lf" in refused.value.fix
    assert (project.hosts / "lab.yaml").read_text(encoding="utf-8") == INLINE


def test_a_pinned_host_is_the_one_that_is_then_talked_to(tmp_path: Path, project: Project) -> None:
    with Host.running(tmp_path) as real:
        real.like.shell = FakeAgent(real.like.root, {"facts": lambda _: {"ok": 1}})
        text = INLINE.replace("22022", str(real.target.port)).replace(".lab/host/id_ed25519", f"{tmp_path}/id")
        host = written(project, text)
        shown = scan(project, Target.of(host))
        pin(project, host, shown, shown.fingerprint)
        remote = connect(project, Target.of(load_host(project, "lab")))
        assert remote.agent.call("facts", {}) == {"ok": 1}
        remote.session.close()
