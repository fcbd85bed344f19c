"""OpenSSH connects as we do: to pinned keys only, with our key only, without asking anybody."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from ocrfleet.commands.ssh import config_text, options
from ocrfleet.remote.target import Door, Target

FOLDER = Path("/tmp/my files 100%")
TARGET = Target(name="spark", address="192.0.2.1", user="ocr", port=2222)
THROUGH = Target(name="spark", address="10.0.0.2", user="ocr", jump=Door(address="192.0.2.9", user="guest", port=22))


def config(target: Target, identity: str | None = "/home/me/a key") -> str:
    return config_text(target, known_hosts=FOLDER / "known_hosts", control=FOLDER / "c", identity=identity)


def test_the_whole_text_for_a_host() -> None:
    assert config(TARGET) == (
        "Host spark\n"
        "HostName 192.0.2.1\n"
        "Port 2222\n"
        "User ocr\n"
        'ControlPath "/tmp/my files 100%%/c"\n'
        "ControlMaster auto\n"
        "ControlPersist 30\n"
        "Host *\n"
        'UserKnownHostsFile "/tmp/my files 100%%/known_hosts"\n'
        "GlobalKnownHostsFile none\n"
        "StrictHostKeyChecking yes\n"
        "PreferredAuthentications publickey\n"
        'IdentityFile "/home/me/a key"\n'
        "IdentitiesOnly yes\n"
        "BatchMode yes\n"
        "ForwardAgent no\n"
        "ConnectTimeout 10\n"
    )


def test_without_a_key_file_only_the_agents_keys_are_offered() -> None:
    assert "IdentityFile none\n" in config(TARGET, identity=None)
    assert "IdentitiesOnly" not in config(TARGET, identity=None)


@pytest.mark.skipif(not shutil.which("ssh"), reason="there is no ssh here")
@pytest.mark.parametrize("name", ["spark", "spark-jump"])
def test_openssh_reads_it_the_same_for_the_host_and_its_jump_host(tmp_path: Path, name: str) -> None:
    (tmp_path / "config").write_text(config(THROUGH), encoding="utf-8")
    argv = ["ssh", "-G", "-F", str(tmp_path / "config"), name]
    told = set(subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines())
    address, user = ("10.0.0.2", "ocr") if name == "spark" else ("192.0.2.9", "guest")
    assert told >= {f"hostname {address}", f"user {user}", "batchmode yes", "stricthostkeychecking true"}
    assert told >= {"identityfile /home/me/a key", "identitiesonly yes", "preferredauthentications publickey"}
    assert ("proxyjump spark-jump" in told) is (name == "spark")


PIN, OTHER = "[192.0.2.1]:2222 ssh-ed25519 AAAA", "192.0.2.9 ssh-rsa BBBB"


def test_the_pins_are_told_by_a_command_and_no_file_counts() -> None:
    said = options(pins=(PIN, OTHER), identity=None)
    (teller,) = (word.removeprefix("KnownHostsCommand=") for word in said if word.startswith("KnownHostsCommand="))
    # What ssh makes of it: words split at blanks, and two percent signs are one.
    argv = shlex.split(teller.replace("%%", "%"))
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert told.splitlines() == [PIN, OTHER]
    assert {"UserKnownHostsFile=none", "GlobalKnownHostsFile=none", "StrictHostKeyChecking=yes"} < set(said)


@pytest.mark.skipif(not shutil.which("ssh"), reason="there is no ssh here")
def test_openssh_takes_the_options_for_the_host_and_for_its_jump_host() -> None:
    jump = (Door(address="192.0.2.9", user="guest", port=22), (OTHER,))
    argv = ["ssh", "-G", *options(pins=(PIN,), identity="/home/me/a 100% key", jump=jump), "10.0.0.2"]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert "identityfile /home/me/a 100%% key\n" in told
    (through,) = (line.partition(" ")[2] for line in told.splitlines() if line.startswith("proxycommand "))
    inner = shlex.split(through.replace("%%", "%"))
    assert inner[-4:] == ["-W", "[%h]:%p", "--", "192.0.2.9"]
    assert f"KnownHostsCommand=/usr/bin/printf '%%s\\n' '{OTHER}'" in inner
