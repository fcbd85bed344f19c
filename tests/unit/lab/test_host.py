"""The lab host gets what this machine has, keys that nobody else has, and an environment a shell can read."""

import io
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest

from lab.capabilities import NAMES, flags
from lab.engine import Engine
from lab.environment import environment, exports, prepare
from lab.keys import Keys
from lab.places import Places


def bounding(tmp_path: Path, missing: set[str]) -> Path:
    """A /proc/1/status of a machine that lacks some capabilities."""
    bits = sum(1 << bit for bit, name in enumerate(NAMES) if name not in missing)
    path = tmp_path / "status"
    path.write_text(f"Name:\tinit\nCapBnd:\t{bits:016x}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("missing", "dropped"),
    [
        (set(), ["SYS_TIME"]),
        ({"SYS_RESOURCE"}, ["SYS_RESOURCE", "SYS_TIME"]),
        ({"SYS_TIME", "SYSLOG"}, ["SYS_TIME", "SYSLOG"]),
    ],
)
def test_a_host_gets_what_this_machine_has_less_the_clock(
    tmp_path: Path, missing: set[str], dropped: list[str]
) -> None:
    (tmp_path / "last").write_text("40\n", encoding="utf-8")
    found = flags(bounding(tmp_path, missing), tmp_path / "last")
    assert found == ["--cap-add=ALL", *(f"--cap-drop={name}" for name in dropped)]


def test_what_an_older_kernel_does_not_know_is_not_dropped(tmp_path: Path) -> None:
    (tmp_path / "last").write_text("37\n", encoding="utf-8")
    missing = {"PERFMON", "BPF", "CHECKPOINT_RESTORE"}
    assert flags(bounding(tmp_path, missing), tmp_path / "last") == ["--cap-add=ALL", "--cap-drop=SYS_TIME"]


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.ensure(2222)
    before = keys.name
    keys.ensure(2223)
    assert keys.name == before
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in keys.folder.iterdir()}
    assert (modes["id_ed25519"], modes["host_key"]) == (0o600, 0o600)
    assert (keys.folder / "known_hosts").read_text(encoding="utf-8").startswith("[127.0.0.1]:2223 ssh-ed25519 ")


def test_the_host_gets_its_own_key_and_the_public_half_of_the_operators(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.ensure(22)
    with tarfile.open(fileobj=io.BytesIO(keys.archive())) as tar:
        held = {member.name: (member.mode, tar.extractfile(member).read()) for member in tar}  # type: ignore[union-attr]
    assert held["lab_host_key"] == (0o600, (tmp_path / "host_key").read_bytes())
    assert held["lab_authorized_keys"] == (0o644, (tmp_path / "id_ed25519.pub").read_bytes())


def test_a_shell_reads_the_environment_back_whatever_the_folder_is_called(tmp_path: Path) -> None:
    places = Places(tmp_path / "it's a $(folder)")
    variables = environment(places, Engine(tmp_path / "engine", ""))
    script = exports(variables) + '\nprintf %s "$PULUMI_BACKEND_URL"'
    done = subprocess.run(["/bin/sh", "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == f"file://{places.state}"


def test_the_passphrase_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    places = Places(tmp_path)
    prepare(places)
    first = places.passphrase.read_bytes()
    prepare(places)
    assert places.passphrase.read_bytes() == first
    assert stat.S_IMODE(places.passphrase.stat().st_mode) == 0o600
