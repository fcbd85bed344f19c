"""A host is talked to only if it shows a key that its host file pins; otherwise nobody even tries to log in."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.errors import HostKeyRefused
from ocrfleet.project import Owner
from ocrfleet.remote import Remote
from ocrfleet.remote.keys import Pinned, fingerprint, pinned_keys
from tests.unit.remote.fixtures import Host, ecdsa, ed25519, hash_of

OTHER, OTHER_KIND = ed25519(), ecdsa()
WANTED: dict[str, Any] = {"service": {}, "secrets": {"api-key": "v1"}}
METHODS: dict[str, Callable[[Remote], Any]] = {
    "run": lambda remote: remote.session.run(("true",)),
    "put": lambda remote: remote.session.put(b"secret", "/var/lib/ocrfleet/agent/x", mode=0o600),
    "facts": lambda remote: remote.facts(),
    "build": lambda remote: remote.build(
        {}, {"Dockerfile": "FROM scratch"}, {"token": b"secret"}, Owner("p", "s"), print
    ),
    "deploy": lambda remote: remote.deploy(WANTED, {"api-key": b"secret"}, Owner("p", "s"), print),
    "rollback": lambda remote: remote.rollback(None, print),
    "ask": lambda remote: remote.ask("GET", "/health", seconds=1),
    "tell": lambda remote: remote.tell("stop"),
    "follow": lambda remote: remote.agent.follow("job", print),
}


def line_of(key: Any) -> str:
    return f"{key.get_name()} {key.get_base64()}"


def print_of(key: Any) -> str:
    return fingerprint(key.asbytes())


def test_the_pinned_key_is_accepted(host: Host) -> None:
    with host.session() as session:
        assert session.run(("true",)).code == 0
    assert host.like.commands == ["true"]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
@pytest.mark.parametrize("pinned", [OTHER, OTHER_KIND], ids=["changed", "of another type"])
def test_a_changed_key_is_refused_on_every_way_to_the_host(host: Host, method: Callable[..., Any], pinned: Any) -> None:
    with host.remote(known_hosts=(line_of(pinned),)) as remote, pytest.raises(HostKeyRefused) as refused:
        method(remote)
    shown = print_of(host.server.keys[0])
    assert f"trial shows the host key {shown}, but the host file pins {print_of(pinned)}" in str(refused.value)
    assert f"ocrfleet trust trial --fingerprint {shown}" in refused.value.fix
    assert (host.like.logins, host.like.commands, host.like.written) == ([], [], [])


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_a_host_whose_file_pins_no_key_is_refused_on_every_way(host: Host, method: Callable[..., Any]) -> None:
    with host.remote(known_hosts=()) as remote, pytest.raises(HostKeyRefused, match="the host file pins none"):
        method(remote)
    assert (host.like.logins, host.like.commands, host.like.written) == ([], [], [])


def test_a_refused_host_is_not_kept_waiting(host: Host) -> None:
    with host.session(known_hosts=()) as session, pytest.raises(HostKeyRefused):
        session.run(("true",))
    assert host.server.live() == 0


def test_a_refused_host_is_asked_again_the_next_time(host: Host) -> None:
    with host.session(known_hosts=()) as session:
        for _ in range(2):
            with pytest.raises(HostKeyRefused):
                session.run(("true",))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_keys_of_one_type_can_be_pinned_while_the_host_changes_from_one_to_the_other(
    host: Host, order: tuple[int, int]
) -> None:
    lines = (host.server.line, line_of(OTHER))
    with host.session(known_hosts=tuple(lines[number] for number in order)) as session:
        assert session.run(("true",)).code == 0


@pytest.mark.parametrize("number", [0, 1])
def test_a_host_with_keys_of_several_types_shows_the_one_that_is_pinned(tmp_path: Path, number: int) -> None:
    keys = (ed25519(), ecdsa())
    with Host.running(tmp_path, *keys) as host, host.session(known_hosts=(line_of(keys[number]),)) as session:
        assert session.run(("true",)).code == 0


# Lines of a known_hosts file, and whether they let this host in.
LINES = {
    "a bare key": ("{mine}", True),
    "its name": ("{name} {mine} comment here", True),
    "one of its names": ("spark,{name} {mine}", True),
    "a pattern": ("[127.0.0.*]:* {mine}", True),
    "a pattern that is denied": ("[127.0.0.*]:*,![127.0.0.1]:* {mine}", False),
    "a hashed name": ("{hashed} {mine}", True),
    "another name": ("spark {mine}", False),
    "the name on another port": ("127.0.0.1 {mine}", False),
    "another hashed name": (f"{hash_of('spark')} {{mine}}", False),
    "a comment": ("# {mine}", False),
    "a certificate authority": ("@cert-authority * {mine}", False),
    "a revoked key": ("{name} {mine}\n@revoked * {mine}", False),
    "a hardware key": ("{name} sk-ssh-ed25519@openssh.com AAAA", False),
    "half a line": ("{name} ssh-ed25519", False),
    "nothing": ("\n\n", False),
    "not text": ("\xff\xfe", False),
}


@pytest.mark.parametrize(("line", "good"), LINES.values(), ids=LINES.keys())
def test_a_known_hosts_file_means_what_it_means_to_openssh(host: Host, line: str, good: bool) -> None:
    name = f"[127.0.0.1]:{host.target.port}"
    text = line.format(mine=host.server.line, name=name, hashed=hash_of(name))
    (host.folder / "known").write_bytes(text.encode("latin-1"))
    with host.session(known_hosts=(), known_hosts_file="known") as session:
        if good:
            assert session.run(("true",)).code == 0
        else:
            with pytest.raises(HostKeyRefused, match="the host file pins none"):
                session.run(("true",))


def test_a_known_hosts_file_that_is_not_there_pins_nothing(host: Host) -> None:
    with host.session(known_hosts=(), known_hosts_file="nowhere") as session, pytest.raises(HostKeyRefused):
        session.run(("true",))


def test_a_line_in_the_host_file_is_for_that_host_whatever_name_it_carries(host: Host) -> None:
    with host.session(known_hosts=(f"old-name,192.0.2.7 {host.server.line} comment",)) as session:
        assert session.run(("true",)).code == 0


def test_a_host_on_the_usual_port_has_no_port_in_its_name(host: Host) -> None:
    (host.folder / "known").write_text(f"192.0.2.1 {line_of(OTHER)}\n", encoding="utf-8")
    target = replace(host.target, address="192.0.2.1", port=22, known_hosts=(), known_hosts_file="known")
    assert pinned_keys(host.project, target) == (Pinned(OTHER.get_name(), OTHER.get_base64()),)


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here")
def test_a_fingerprint_is_what_ssh_keygen_prints(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(line_of(OTHER), encoding="utf-8")
    said = subprocess.run(["ssh-keygen", "-lf", tmp_path / "key.pub"], check=True, capture_output=True, text=True)
    assert said.stdout.split()[1] == print_of(OTHER)
