"""Preparing a host: as root where sudo lets us, printed for a person where it does not."""

import shlex
import subprocess

import pytest

from ocrfleet.errors import HostRefused
from ocrfleet.operate.bootstrap import SCRIPT, marks, prepare, script
from ocrfleet.remote import Remote, Result
from tests.unit.plan.hosts import told
from tests.unit.remote.fakes import FakeSession
from tests.unit.spec.files import LAB, parse

HOST = parse(LAB)
DONE = Result(0, b"", b"")
ARGUMENTS = ("ocr", "172.30.240.0/24", "172.30.241.0/28")


def test_the_script_runs_as_root_and_then_the_guard_is_waited_for() -> None:
    session = FakeSession([DONE, {"current": "x"}, told(guard_alive=False), told()])
    lines: list[str] = []
    prepare(Remote(session), HOST, lines.append)
    assert session.commands[0] == ("sudo", "-n", "sh", "-s", "--", *ARGUMENTS)
    assert session.payloads[0]["stdin"] == SCRIPT.read_bytes()
    assert (session.verbs[1:], session.closed) == (["current", "facts", "facts"], 1)
    assert lines == ["preparing as root", "sending the agent", "waiting for the guard"]


def test_a_new_login_follows_so_that_the_user_is_in_its_new_group() -> None:
    session = FakeSession([DONE, {"current": "x"}, told()])
    prepare(Remote(session), HOST, print)
    assert session.closed == 1


@pytest.mark.parametrize(
    ("done", "why"),
    [
        (Result(1, b"", b"sudo: a password is required\n"), "sudo: a password is required"),
        (
            Result(3, b"", b"this host has neither systemd nor the lab's init\n"),
            "this host has neither systemd nor the lab's init",
        ),
        (Result(127, b"", b""), "exit code 127"),
    ],
)
def test_where_root_is_refused_the_operator_gets_the_script_to_run(done: Result, why: str) -> None:
    session = FakeSession([done, Result(1, b"", b"")])
    with pytest.raises(HostRefused) as refused:
        prepare(Remote(session), HOST, print)
    assert f"could not prepare lab as root: {why}" in refused.value.failed
    assert refused.value.fix == "ocrfleet bootstrap lab --print, run that as root on the host, then this again"


SUDO = {
    "it asks for a password": Result(1, b"", b"sudo: a password is required\n"),
    "it is not there": Result(127, b"", b"sh: 1: sudo: not found\n"),
    "it is not for us": Result(1, b"", b"Sorry, user ocr may not run sudo on lab.\n"),
}


@pytest.mark.parametrize("said", SUDO.values(), ids=SUDO.keys())
def test_after_the_script_was_run_by_hand_it_goes_on(said: Result) -> None:
    session = FakeSession([said, *[DONE] * len(marks(HOST)), {"current": "x"}, told()])
    lines: list[str] = []
    prepare(Remote(session), HOST, lines.append)
    assert session.commands[1:-2] == list(marks(HOST))
    assert (session.verbs[-2:], session.closed) == (["current", "facts"], 2)
    assert lines == ["preparing as root", "that was done by hand", "sending the agent", "waiting for the guard"]


@pytest.mark.parametrize("number", range(len(marks(HOST))))
def test_where_one_mark_is_missing_it_does_not_go_on(number: int) -> None:
    found = [Result(int(at == number), b"", b"") for at in range(number + 1)]
    with pytest.raises(HostRefused, match="a password is required"):
        prepare(Remote(FakeSession([SUDO["it asks for a password"], *found])), HOST, print)


def test_a_script_that_failed_is_not_taken_for_one_that_was_run_by_hand() -> None:
    session = FakeSession([Result(3, b"", b"this host has neither systemd nor the lab's init\n")])
    with pytest.raises(HostRefused):
        prepare(Remote(session), HOST, print)
    assert len(session.commands) == 1


def test_the_marks_are_what_the_script_leaves() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    words = " ".join(word for mark in marks(HOST) for word in mark)
    for path in ("/var/lib/ocrfleet", "/etc/ocrfleet/shield", "ocrfleet-guard.service", "/etc/ocrfleet/guard"):
        assert path in text
        assert path in words
    assert " -d 172.30.240.0/24 -j DROP" in words
    assert " -d $engines -j DROP" in text
    for mark in marks(HOST):
        subprocess.run(["sh", "-n"], input=shlex.join(mark), check=True, text=True)


def test_a_guard_that_does_not_start_is_told_with_where_to_look() -> None:
    session = FakeSession(lambda verb, _: DONE if verb == ARGUMENTS[-1] else told(guard_alive=False))
    with pytest.raises(HostRefused, match="the guard of lab did not start") as refused:
        prepare(Remote(session), HOST, print, patience=0.0)
    assert refused.value.fix == "on the host: journalctl -u ocrfleet-guard"


def test_the_printed_script_needs_no_arguments_and_is_valid_shell() -> None:
    text = script(HOST)
    assert text.startswith(f"set -- {' '.join(ARGUMENTS)}\n#!/bin/sh\n")
    subprocess.run(["sh", "-n"], input=text, check=True, text=True)
    first = text.partition("\n")[0]
    done = subprocess.run(["sh"], input=f"{first}\necho $*", check=True, text=True, capture_output=True)
    assert done.stdout.split() == list(ARGUMENTS)


def test_the_script_closes_the_bridges_that_the_networks_get() -> None:
    shield = SCRIPT.read_text(encoding="utf-8")
    assert "-i ocrfleet-eng -d $engines -j DROP" in shield
    assert "-i ocrfleet-front -d $front -j DROP" in shield
    assert "-i lo -d 127.0.0.0/8 -j DROP" in shield
