"""A lock keeps others out who are told who holds it, and they wait for it as long as they may."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Busy, Refused
from tests.unit.agent.holders import ANA
from tests.unit.agent.host import Host

FULL = Path("/dev/full")


def test_a_held_lock_tells_the_next_one_who_holds_it(host: Host) -> None:
    path = host.home.cutover_lock
    with locks.hold(host.world, path, ANA), pytest.raises(Busy) as busy, locks.hold(host.world, path, {}):
        pass
    assert str(busy.value) == (
        "another job is at work on this host: deploy by ana@mac, since 2026-01-01 01:23:20 UTC, "
        f"pid {os.getpid()}, job 1a2b"
    )
    assert busy.value.fix == (
        "ocrfleet attach HOST shows it, ocrfleet abort HOST stops it, --wait SECONDS waits for it"
    )
    assert (busy.value.code, busy.value.changed) == (50, "nothing")


def test_who_holds_a_lock_after_somebody_with_a_longer_name_is_told_without_remains(host: Host) -> None:
    for who in ("somebody-with-a-very-long-name@and-a-long-machine", "bo"):
        handle = locks.acquire(host.world, host.home.cutover_lock, {"who": who})
        with pytest.raises(Busy, match=rf"by {who}, since 2026-01-01 \S+ UTC, pid \d+$"):
            locks.acquire(host.world, host.home.cutover_lock, {})
        os.close(handle)


def test_every_child_inherits_a_lock_and_only_its_owner_reads_it(host: Host) -> None:
    before = os.umask(0)
    try:
        handle = locks.acquire(host.world, host.home.cutover_lock, ANA)
    finally:
        os.umask(before)
    assert os.get_inheritable(handle)
    assert host.home.cutover_lock.stat().st_mode & 0o777 == 0o600
    os.close(handle)


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a file that is always full, as every host is one")
def test_a_full_disk_keeps_nobody_from_a_lock(host: Host) -> None:
    with locks.hold(host.world, FULL, ANA):
        assert not locks.is_free(FULL)
    assert locks.is_free(FULL)


def test_a_lock_that_was_let_go_is_free(host: Host) -> None:
    with locks.hold(host.world, host.home.cutover_lock, ANA):
        assert not locks.is_free(host.home.cutover_lock)
    assert locks.is_free(host.home.cutover_lock)
    assert host.world.held == set()


def test_a_lock_is_let_go_when_the_work_under_it_fails(host: Host) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold(host.world, host.home.cutover_lock, ANA):
        raise ZeroDivisionError
    assert locks.is_free(host.home.cutover_lock)


def test_who_only_looks_at_a_lock_at_that_moment_does_not_keep_others_out(host: Host) -> None:
    path = host.home.cutover_lock
    path.touch()
    looker = os.open(path, os.O_RDWR)
    fcntl.flock(looker, fcntl.LOCK_SH)
    assert locks.is_free(path)
    host.outside.at(host.outside.seconds + 0.01, lambda: os.close(looker))
    with locks.hold(host.world, path, ANA):
        assert not locks.is_free(path)


def test_a_waiter_gets_the_lock_when_it_becomes_free(host: Host) -> None:
    handle = locks.acquire(host.world, host.home.cutover_lock, ANA)
    host.outside.at(host.outside.seconds + 5, lambda: os.close(handle))
    with locks.hold(host.world, host.home.cutover_lock, {"who": "guard"}, wait=20):
        assert host.outside.seconds == pytest.approx(5005, abs=0.5)


def test_a_waiter_gives_up_at_its_limit(host: Host) -> None:
    with locks.hold(host.world, host.home.cutover_lock, ANA):
        with pytest.raises(Busy):
            locks.acquire(host.world, host.home.cutover_lock, {}, wait=20)
        assert host.outside.seconds == pytest.approx(5020, abs=0.5)
        assert host.world.calls.count("sleep") <= 20 / locks.PATIENCE + 1


def test_a_stranger_is_refused_at_once_and_the_guard_is_waited_for(host: Host) -> None:
    handle = locks.acquire(host.world, host.home.cutover_lock, ANA)
    began = host.outside.seconds
    with pytest.raises(Busy):
        locks.acquire(host.world, host.home.cutover_lock, {})
    assert host.outside.seconds - began < 0.1
    os.close(handle)
    handle = locks.acquire(host.world, host.home.cutover_lock, {"what": "guard", "who": "guard"})
    host.outside.at(host.outside.seconds + 15, lambda: os.close(handle))
    os.close(locks.acquire(host.world, host.home.cutover_lock, ANA))


def test_the_last_command_of_a_dead_agent_is_waited_for(host: Host) -> None:
    handle = locks.acquire(host.world, host.home.cutover_lock, ANA)
    os.pwrite(handle, b'{"what": "deploy", "who": "ana@mac", "since": 5, "pid": 4194305}'.ljust(512), 0)
    host.outside.at(host.outside.seconds + 15, lambda: os.close(handle))
    os.close(locks.acquire(host.world, host.home.cutover_lock, ANA))


def test_a_guard_that_holds_the_lock_for_long_is_named(host: Host) -> None:
    with (
        locks.hold(host.world, host.home.cutover_lock, {"what": "guard", "who": "guard"}),
        pytest.raises(Busy, match="guard by guard") as busy,
    ):
        locks.acquire(host.world, host.home.cutover_lock, ANA)
    assert busy.value.fix == "--wait SECONDS waits for it"


def test_who_is_asked_to_stop_while_waiting_has_changed_nothing(host: Host) -> None:
    with locks.hold(host.world, host.home.cutover_lock, ANA):
        host.world.break_on("sleep", error=SystemExit("asked to stop (SIGTERM)"))
        with pytest.raises(Refused, match=r"asked to stop \(SIGTERM\) while it waited for another job") as refused:
            locks.acquire(host.world, host.home.cutover_lock, {}, wait=20)
        assert refused.value.fix == "run this again"


def test_a_holder_that_has_not_signed_yet_is_busy_too(host: Host) -> None:
    host.home.cutover_lock.touch()
    handle = os.open(host.home.cutover_lock, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(Busy, match="it has not said yet who it is"):
        locks.acquire(host.world, host.home.cutover_lock, {})
    os.close(handle)
