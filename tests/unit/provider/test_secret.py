"""A secret of what runs beside the service: a file a version, and the old one stays until the new one is in use."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.provider.values import UNKNOWN, Secret
from ocrfleet.remote import Result
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import OWNER, POISON, SSH
from tests.unit.provider.wire import Wire, failure

PATH = "/var/lib/ocrfleet/secrets/edge-0a/tunnel-token"


def secret(**changes: Any) -> dict[str, Any]:
    usual = {"host": "lab", "ssh": SSH, "owner": OWNER, "name": "tunnel-token", "version": "edge-0a"}
    return {**usual, "value": Secret(POISON), **changes}


def test_it_reaches_the_host_as_a_file_in_a_closed_folder_and_nothing_else(wire: Wire, host: FakeHost) -> None:
    outputs = wire.create("HostSecret", secret())
    assert host.session.files == {PATH: (POISON.encode(), 0o444)}
    assert outputs == secret()
    assert POISON not in repr((host.payloads, host.session.commands, wire.heard))


def test_nothing_is_sent_to_a_host_of_somebody_else(wire: Wire, host: FakeHost) -> None:
    host.wrong["check"] = RuntimeError("it is somebody else's")
    failure(lambda: wire.create("HostSecret", secret()))
    assert host.session.files == {}


def test_a_preview_sends_nothing(wire: Wire, host: FakeHost) -> None:
    wire.create("HostSecret", secret(version=UNKNOWN, value=UNKNOWN), preview=True)
    assert host.session.files == {}


def test_another_version_is_another_file_and_the_old_one_goes_last(wire: Wire) -> None:
    told = wire.diff("HostSecret", secret(), secret(version="edge-0b"))
    assert (list(told.diffs), list(told.replaces), told.deleteBeforeReplace) == (["version"], ["version"], False)
    assert list(wire.diff("HostSecret", secret(), secret()).diffs) == []


def test_one_that_somebody_has_replaced_goes_before_the_same_one_comes(wire: Wire) -> None:
    assert wire.diff("HostSecret", secret(), secret()).deleteBeforeReplace


def test_another_login_changes_nothing_on_the_host_but_is_remembered(wire: Wire) -> None:
    told = wire.diff("HostSecret", secret(), secret(ssh={**SSH, "user": "other"}))
    assert (list(told.diffs), list(told.replaces)) == (["ssh"], [])


@pytest.mark.parametrize(("code", "there"), [(0, True), (1, False)])
def test_one_that_was_removed_by_hand_is_gone_for_the_state(wire: Wire, host: FakeHost, code: int, there: bool) -> None:
    host.wrong[PATH] = Result(code, b"", b"")
    assert bool(wire.read("HostSecret", secret(), secret()).id) is there


def test_a_host_that_does_not_tell_has_not_lost_it(wire: Wire, host: FakeHost) -> None:
    host.wrong[PATH] = Result(126, b"", b"test: not executable")
    assert "not executable" in failure(lambda: wire.read("HostSecret", secret(), secret())).message


def test_it_is_taken_off_the_host_with_its_folder(wire: Wire, host: FakeHost) -> None:
    folder = PATH.rpartition("/")[0]
    host.wrong[folder] = Result(0, b"", b"")
    wire.delete("HostSecret", secret())
    assert host.session.commands == [("rm", "-rf", "--", folder)]


def test_what_cannot_be_removed_is_said(wire: Wire, host: FakeHost) -> None:
    host.wrong[PATH.rpartition("/")[0]] = Result(1, b"", b"rm: Permission denied")
    assert "Permission denied" in failure(lambda: wire.delete("HostSecret", secret())).message


def test_nothing_else_can_be_removed_by_a_version(wire: Wire, host: FakeHost) -> None:
    failure(lambda: wire.delete("HostSecret", secret(version="edge-../..")))
    assert host.session.commands == []
