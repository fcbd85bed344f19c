"""Who holds a lock is read from what they wrote into it, whatever that is, and told the same way everywhere."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator

import pytest

from ocrfleet.agent import locks
from tests.unit.agent.holders import ANA
from tests.unit.agent.host import Host


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock on the wall is far from UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_since_when_is_told_in_utc_wherever_the_host_is(far_east: None) -> None:
    told = locks.describe({"what": "deploy", "who": "ana@mac", "since": 5.0, "pid": 7})
    assert told == "deploy by ana@mac, since 1970-01-01 00:00:05 UTC, pid 7"


def test_a_holder_that_says_nothing_is_described_in_words() -> None:
    assert locks.describe({}) == "it has not said yet who it is"


@pytest.mark.parametrize("content", [b"[1]", b'"ana"', b"7", b"{", b"\xff"])
def test_what_is_no_signature_says_nothing(host: Host, content: bytes) -> None:
    host.home.cutover_lock.write_bytes(content)
    with host.home.cutover_lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert locks.holder_of(host.home.cutover_lock) == {}


def test_who_inherits_a_lock_signs_it_anew(host: Host) -> None:
    with locks.hold(host.world, host.home.cutover_lock, {"what": "begin", "who": "bo"}):
        host.outside.wait(60)
        locks.sign(host.world, host.home.cutover_lock, ANA)
        signed = {**ANA, "since": host.world.now(), "pid": os.getpid()}
        assert locks.holder_of(host.home.cutover_lock) == signed
    assert locks.holder_of(host.home.cutover_lock) is None


def test_a_lock_that_is_gone_cannot_be_signed_and_hinders_nobody(host: Host) -> None:
    locks.sign(host.world, host.home.cutover_lock, ANA)
    assert not host.home.cutover_lock.exists()
