"""A host behind another: both show pinned keys, both get our key, and no name of either is taken on trust."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.errors import HostKeyRefused, LoginRefused, Unreachable
from ocrfleet.remote import Target
from ocrfleet.remote.keys import fingerprint
from ocrfleet.remote.scan import scan
from ocrfleet.remote.target import Door
from tests.unit.remote.fixtures import Host, ed25519
from tests.unit.spec.files import LAB, parse

OTHER = ed25519()
OTHER_LINE = f"{OTHER.get_name()} {OTHER.get_base64()}"


@pytest.fixture
def jump(tmp_path: Path, host: Host) -> Iterator[Host]:
    """The machine in between; the same key opens it."""
    (tmp_path / "jump").mkdir()
    with Host.running(tmp_path / "jump") as jump:
        jump.like.accepted = host.like.accepted
        yield jump


def through(jump: Host, **changes: Any) -> Door:
    return Door(**{"address": "127.0.0.1", "user": "guest", "port": jump.target.port, **pins(jump), **changes})


def pins(host: Host) -> dict[str, Any]:
    return {"known_hosts": (host.server.line,)}


def test_commands_and_files_go_through_it(host: Host, jump: Host) -> None:
    with host.session(jump=through(jump)) as session:
        assert session.run(("true",)).code == 0
        session.put(b"x", "/var/lib/ocrfleet/agent/x", mode=0o600)
    assert host.like.commands == ["true"]
    assert (jump.like.commands, jump.like.written) == ([], [])


def test_each_knows_us_by_its_own_user_and_by_the_key_alone(host: Host, jump: Host) -> None:
    with host.session(jump=through(jump)) as session:
        session.run(("true",))
    assert (jump.like.logins, host.like.logins) == ([("publickey", "guest")], [("publickey", "ocr")])


def test_closing_closes_both(host: Host, jump: Host) -> None:
    with host.session(jump=through(jump)) as session:
        session.run(("true",))
    assert (host.server.live(), jump.server.live()) == (0, 0)


@pytest.mark.parametrize("known", [(), (OTHER_LINE,)], ids=["unknown", "changed"])
def test_a_jump_host_with_another_key_is_refused_before_anything_passes(
    host: Host, jump: Host, known: tuple[str, ...]
) -> None:
    with host.session(jump=through(jump, known_hosts=known)) as session, pytest.raises(HostKeyRefused) as refused:
        session.run(("true",))
    shown = fingerprint(jump.server.keys[0].asbytes())
    assert f"the jump host of trial shows the host key {shown}" in refused.value.failed
    assert "put its line into ssh.jump.known_hosts of hosts/trial.yaml" in refused.value.fix
    assert (jump.like.logins, host.server.transports) == ([], [])


@pytest.mark.parametrize("known", [(), (OTHER_LINE,)], ids=["unknown", "changed"])
def test_a_host_with_another_key_is_refused_behind_a_jump_host_too(
    host: Host, jump: Host, known: tuple[str, ...]
) -> None:
    with host.session(jump=through(jump), known_hosts=known) as session, pytest.raises(HostKeyRefused) as refused:
        session.run(("true",))
    assert f"trial shows the host key {fingerprint(host.server.keys[0].asbytes())}" in refused.value.failed
    assert host.like.logins == []
    assert (host.server.live(), jump.server.live()) == (0, 0)


def test_the_key_of_one_does_not_open_the_way_to_the_other(host: Host, jump: Host) -> None:
    swapped = {"jump": through(jump, **pins(host)), "known_hosts": (jump.server.line,)}
    with host.session(**swapped) as session, pytest.raises(HostKeyRefused):
        session.run(("true",))


def test_a_jump_host_that_does_not_know_us_is_named(host: Host, jump: Host) -> None:
    jump.like.accepted = []
    with host.session(jump=through(jump)) as session, pytest.raises(LoginRefused, match=r"guest@127\.0\.0\.1 does not"):
        session.run(("true",))


def test_a_host_that_the_jump_host_cannot_reach_is_unreachable(host: Host, jump: Host) -> None:
    host.server.close()
    with host.session(jump=through(jump), connect_seconds=1.0) as session, pytest.raises(Unreachable):
        session.run(("true",))
    assert jump.server.live() == 0


def test_a_scan_tells_the_key_and_logs_in_nowhere(host: Host) -> None:
    shown = scan(host.project, host.target)
    assert shown.fingerprint == fingerprint(host.server.keys[0].asbytes())
    assert (host.like.logins, host.server.live()) == ([], 0)


def test_a_scan_goes_through_the_jump_host_and_trusts_no_other(host: Host, jump: Host) -> None:
    target = replace(host.target, jump=through(jump))
    assert scan(host.project, target).body == host.server.keys[0].get_base64()
    with pytest.raises(HostKeyRefused):
        scan(host.project, replace(target, jump=through(jump, known_hosts=())))
    assert (host.like.logins, jump.server.live()) == ([], 0)


@pytest.mark.parametrize("jumping", [False, True])
def test_a_scan_of_nothing_is_unreachable(host: Host, jump: Host, jumping: bool) -> None:
    host.server.close()
    target = replace(host.target, jump=through(jump) if jumping else None, connect_seconds=1.0)
    with pytest.raises(Unreachable, match="no answer from trial"):
        scan(host.project, target)


def test_a_host_file_gives_the_target_that_travels_through_pulumi() -> None:
    host = parse(LAB)
    target = Target.of(host)
    assert target == Target.parse("lab", json.loads(json.dumps(host.ssh.plain())))
    assert (target.address, target.port, target.identity_file) == ("127.0.0.1", 22022, ".lab/host/id_ed25519")


def test_what_travels_through_pulumi_is_the_same_target() -> None:
    ssh = {"address": "10.0.0.2", "port": 22, "user": "ocr", "jump": {"address": "192.0.2.1", "user": "g", "port": 2}}
    target = Target.parse("spark", {**ssh, "known_hosts": [OTHER_LINE], "something_new": 1})
    assert target.jump == Door(address="192.0.2.1", user="g", port=2)
    assert (target.name, target.known_hosts, target.server_name) == ("spark", (OTHER_LINE,), "10.0.0.2")
