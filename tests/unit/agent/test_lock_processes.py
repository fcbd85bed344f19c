"""A lock goes on to the commands that work under it, and ends with the last process that has it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.machine import Machine
from tests.unit.agent.holders import ANA
from tests.unit.agent.host import Host

SAY_AND_WAIT = "import sys; print('up', flush=True); sys.stdin.read()"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "cutover.lock"


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


def test_a_lock_nobody_ever_took_is_free(lock: Path) -> None:
    assert locks.is_free(lock)
    assert not lock.exists()


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
