"""A lock is held as long as one process lives that works under it, and not a moment longer."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Busy
from ocrfleet.agent.machine import Machine
from tests.unit.agent.host import Host

ANA = {"what": "deploy 1a2b", "who": "ana@mac"}
SAY_AND_WAIT = "import sys; print('up', flush=True); sys.stdin.read()"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "cutover.lock"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "reserve")


@pytest.fixture
def child(machine: Machine, lock: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that inherited the lock from a process which has let go of it since."""
    handle = locks.acquire(machine, lock, ANA)
    process = subprocess.Popen(
        [sys.executable, "-c", SAY_AND_WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=tuple(machine.held),
    )
    assert process.stdout is not None
    process.stdout.readline()
    os.close(handle)
    yield process
    process.kill()
    process.communicate()


def test_a_held_lock_tells_the_next_one_who_holds_it(host: Host) -> None:
    path = host.home.cutover_lock
    with locks.hold(host.world, path, ANA), pytest.raises(Busy) as busy, locks.hold(host.world, path, {}):
        pass
    assert str(busy.value) == (
        f"another job is at work on this host (what deploy 1a2b, who ana@mac, pid {os.getpid()})"
    )
    assert busy.value.code == 50


def test_who_holds_a_lock_after_somebody_with_a_longer_name_is_told_without_remains(host: Host) -> None:
    for who in ("somebody-with-a-very-long-name@and-a-long-machine", "bo"):
        handle = locks.acquire(host.world, host.home.cutover_lock, {"who": who})
        with pytest.raises(Busy, match=rf"\(who {who}, pid \d+\)"):
            locks.acquire(host.world, host.home.cutover_lock, {})
        os.close(handle)


def test_a_lock_that_was_let_go_is_free(host: Host) -> None:
    with locks.hold(host.world, host.home.cutover_lock, ANA):
        assert not locks.is_free(host.home.cutover_lock)
    assert locks.is_free(host.home.cutover_lock)
    assert host.world.held == set()


def test_a_lock_is_let_go_when_the_work_under_it_fails(host: Host) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold(host.world, host.home.cutover_lock, ANA):
        raise ZeroDivisionError
    assert locks.is_free(host.home.cutover_lock)


def test_a_lock_nobody_ever_took_is_free(lock: Path) -> None:
    assert locks.is_free(lock)
    assert not lock.exists()


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


def test_on_a_full_disk_a_lock_can_be_taken_and_let_go(host: Host) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
    done = in_process(host.home.root, limit + "locks.acquire(machine, path, {}); print(locks.is_free(path))")
    assert done.stdout == "False\n", done.stderr


def test_a_command_that_outlives_its_agent_keeps_the_lock(child: subprocess.Popen[str], lock: Path) -> None:
    assert not locks.is_free(lock)
    child.communicate("")
    assert locks.is_free(lock)


def test_a_killed_holder_leaves_a_free_lock(child: subprocess.Popen[str], lock: Path) -> None:
    child.kill()
    child.wait()
    assert locks.is_free(lock)


def test_every_command_of_a_machine_inherits_the_lock(machine: Machine, lock: Path) -> None:
    count = f"import os; print(sum(os.path.samefile(f'/proc/self/fd/{{n}}', {str(lock)!r}) for n in FDS))"
    fds = "FDS = [n for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')]; "
    with locks.hold(machine, lock, ANA):
        assert machine.run([sys.executable, "-c", "import os; " + fds + count]).out == "1\n"
    assert machine.run([sys.executable, "-c", "import os; " + fds + count]).out == "0\n"


def in_process(root: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, with a machine and the path of a lock."""
    begin = "from pathlib import Path; from ocrfleet.agent import locks; from ocrfleet.agent.machine import Machine;"
    known = f"root = Path({str(root)!r}); machine = Machine(root / 'reserve'); path = root / 'some.lock';"
    path = os.pathsep.join(sys.path)
    return subprocess.run(
        [sys.executable, "-c", begin + known + code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
