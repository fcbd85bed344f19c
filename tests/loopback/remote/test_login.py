"""We log in with a key and with nothing else, and who cannot log in is told what to type."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.errors import LoginRefused, Unreachable
from tests.unit.remote.fixtures import Host, ed25519, key_file

PASS = "open sesame"
needs_agent = pytest.mark.skipif(not shutil.which("ssh-agent"), reason="there is no ssh-agent here")


def refused(host: Host, **changes: Any) -> LoginRefused:
    """Try to log in, and be refused."""
    with host.session(**changes) as session, pytest.raises(LoginRefused) as refused:
        session.run(("true",))
    assert host.like.commands == []
    return refused.value


# What ssh-add returns where no agent answers.
NOBODY = 2


@contextmanager
def agent(monkeypatch: pytest.MonkeyPatch, *keys: Path) -> Iterator[None]:
    """A real SSH agent that holds these keys."""
    # In a short folder: a socket's path may have about a hundred characters.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        sock = Path(folder) / "agent"
        monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))
        with subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL) as process:
            try:
                while subprocess.run(["ssh-add", "-l"], check=False, capture_output=True).returncode == NOBODY:
                    time.sleep(0.01)
                subprocess.run(["ssh-add", "-q", *keys], check=True)
                yield
            finally:
                process.terminate()


@pytest.fixture
def locked(host: Host) -> Path:
    """A key with a passphrase that the host would accept, and the same key without one."""
    host.like.accepted = [key_file(host.folder / "locked", passphrase=PASS)]
    open_ = host.folder / "unlocked"
    shutil.copy(host.folder / "locked", open_)
    argv = ["ssh-keygen", "-q", "-p", "-P", PASS, "-N", "", "-f", str(open_)]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return open_


def test_a_key_is_all_that_is_ever_offered(host: Host) -> None:
    with host.session() as session:
        session.run(("true",))
    assert host.like.logins == [("publickey", "ocr")]


def test_a_refused_key_is_not_followed_by_a_password(host: Host) -> None:
    host.like.accepted = []
    error = refused(host)
    assert host.like.logins == [("publickey", "ocr")]
    assert f"cannot log in to trial: ocr@127.0.0.1 does not accept {host.folder}/id" in error.failed
    assert error.fix == "add the public key to ~ocr/.ssh/authorized_keys on the host"
    assert host.server.live() == 0


def test_a_host_that_wants_more_than_a_key_is_refused_and_gets_no_answer(host: Host) -> None:
    host.like.also_asks_for = "keyboard-interactive"
    assert "it takes our key and then asks for publickey or password or keyboard-interactive" in refused(host).failed
    assert host.like.logins == [("publickey", "ocr")]


BAD_FILES = {
    "missing": (None, "there is no key file {}"),
    "empty": (b"", "cannot use the key {}: it is not a private key"),
    "not a key": (b"\xff\xfe garbage", "cannot use the key {}: it is not a private key"),
    "a public key": (b"ssh-ed25519 AAAA", "cannot use the key {}: it is not a private key"),
}


@pytest.mark.parametrize(("content", "why"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_key_file_that_cannot_be_used_is_named(host: Host, content: bytes | None, why: str) -> None:
    if content is not None:
        (host.folder / "bad").write_bytes(content)
    error = refused(host, identity_file="bad")
    assert why.format("bad") in error.failed
    assert error.fix == "correct ssh.identity_file"
    assert host.like.logins == []


def test_a_folder_is_no_key_file(host: Host) -> None:
    assert "cannot use the key .: Is a directory" in refused(host, identity_file=".").failed


def test_a_key_with_a_passphrase_and_no_agent_is_refused_at_once_with_what_to_type(host: Host) -> None:
    key_file(host.folder / "a locked key", passphrase=PASS)
    begun = time.monotonic()
    error = refused(host, identity_file="a locked key")
    assert "the key a locked key has a passphrase and no SSH agent holds it" in error.failed
    assert error.fix == f"ssh-add '{host.folder}/a locked key'"
    assert time.monotonic() - begun < 2


@needs_agent
def test_a_key_with_a_passphrase_works_through_the_agent_that_holds_it(
    host: Host, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file(host.folder / "other")
    with (
        agent(monkeypatch, host.folder / "other", locked),
        host.session(identity_file="locked") as session,
    ):
        assert session.run(("true",)).code == 0
    assert len(host.like.logins) == 1, "the agent's other key was offered"


@needs_agent
def test_a_key_with_a_passphrase_is_refused_when_the_agent_holds_only_others(
    host: Host, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agent(monkeypatch, host.folder / "id"):
        assert refused(host, identity_file="locked").fix == f"ssh-add {host.folder}/locked"
    assert host.like.logins == []


@needs_agent
@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here")
def test_an_older_kind_of_locked_key_lets_the_agent_offer_what_it_has(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", PASS, "-f", str(host.folder / "old")]
    subprocess.run(argv, check=True)
    with agent(monkeypatch, host.folder / "id"), host.session(identity_file="old") as session:
        assert session.run(("true",)).code == 0


@needs_agent
def test_without_a_key_file_the_agents_keys_are_tried_one_after_the_other(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file(host.folder / "other")
    held = agent(monkeypatch, host.folder / "other", host.folder / "id")
    with held, host.session(identity_file=None) as session:
        assert session.run(("true",)).code == 0
    assert len(host.like.logins) == 2


def test_without_a_key_file_and_without_an_agent_the_operator_is_told(host: Host) -> None:
    error = refused(host, identity_file=None)
    assert "no key is named and no SSH agent holds one" in error.failed
    assert host.like.logins == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paramiko leaves its socket behind
def test_an_agent_that_is_gone_is_no_agent(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(host.folder / "gone"))
    assert "no SSH agent holds one" in refused(host, identity_file=None).failed


def test_the_operators_own_ssh_settings_and_keys_play_no_part(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    home = host.folder / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/config").write_text("Host *\n  ProxyCommand false\n  Port 1\n  User other\n", encoding="utf-8")
    shutil.copy(host.folder / "id", home / ".ssh/id_ed25519")
    (home / ".fabric.yml").write_text("user: other\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    with host.session() as session:
        assert session.run(("true",)).code == 0
    with host.session(identity_file=None) as session, pytest.raises(LoginRefused):
        session.run(("true",))
    assert host.like.logins == [("publickey", "ocr")]


def test_a_host_that_does_not_answer_the_login_is_unreachable_in_time(host: Host) -> None:
    host.like.auth_pause = 1.5
    begun = time.monotonic()
    with host.session(connect_seconds=0.5) as session, pytest.raises(Unreachable):
        session.run(("true",))
    assert time.monotonic() - begun < 1.4


def test_a_key_that_another_user_has_is_not_ours(host: Host) -> None:
    host.like.accepted = [ed25519()]
    refused(host)
    assert len(host.like.offered) == 1
