"""A lock is held as long as one process lives that works under it, and not a moment longer."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Busy, Refused
from ocrfleet.agent.guard import beat
from ocrfleet.agent.machine import Machine
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

ANA = {"what": "deploy", "who": "ana@mac", "job": "1a2b"}
CONTEXT = hashlib.sha256(b"").hexdigest()
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


def test_a_stranger_is_refused_at_once_and_the_guard_is_waited_for(host: Host) -> None:
    handle = locks.acquire(host.world, host.home.cutover_lock, ANA)
    began = host.outside.seconds
    with pytest.raises(Busy):
        locks.acquire(host.world, host.home.cutover_lock, {})
    assert host.outside.seconds - began < 0.2
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
        with pytest.raises(Refused, match=r"asked to stop \(SIGTERM\) while it waited for another job"):
            locks.acquire(host.world, host.home.cutover_lock, {}, wait=20)


def test_a_holder_that_has_not_signed_yet_is_busy_too(host: Host) -> None:
    host.home.cutover_lock.touch()
    handle = os.open(host.home.cutover_lock, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(Busy, match="it has not said yet who it is"):
        locks.acquire(host.world, host.home.cutover_lock, {})
    os.close(handle)


# Verbs: who is busy, who waits, and who is not in the way


def test_a_second_operators_deploy_ends_with_50_and_the_first_ones_job(serving: Host) -> None:
    with locks.hold(serving.world, serving.home.cutover_lock, ANA):
        ended = serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    assert ended["code"] == 50
    assert "deploy by ana@mac, since 2026-01-01" in ended["error"]["failed"]
    assert ended["error"]["failed"].endswith("job 1a2b")
    assert ended["error"]["next"].startswith("ocrfleet attach lab shows it, ocrfleet abort lab stops it")
    assert serving.states == {1: "good"}


@pytest.mark.parametrize("verb", ["stop", "start", "unpin"])
def test_a_short_verb_is_refused_too(serving: Host, verb: str) -> None:
    with locks.hold(serving.world, serving.home.cutover_lock, ANA):
        assert serving.job(verb)["error"]["code"] == 50


def test_what_a_short_verb_does_is_named_without_frills(serving: Host) -> None:
    def look() -> None:
        holder = locks.holder_of(serving.home.cutover_lock)
        found.append((holder or {}).get("what"))

    found: list[object] = []
    serving.outside.at(serving.outside.seconds + 0.01, look)
    serving.job("stop")
    assert found == ["stop"]


def released_after(serving: Host, seconds: float) -> None:
    """Somebody holds the cutover lock that long; the guard lives on meanwhile."""
    handle = locks.acquire(serving.world, serving.home.cutover_lock, ANA)

    def end() -> None:
        os.close(handle)
        beat(serving.site)

    serving.outside.at(serving.outside.seconds + seconds, end)


def test_with_patience_a_short_verb_waits(serving: Host) -> None:
    released_after(serving, 40)
    assert serving.job("stop", wait=60) == {"code": 0, "result": {"stopped": 1}}


@pytest.mark.parametrize("verb", ["rollback", "deploy"])
def test_with_patience_a_job_waits_and_says_for_whom(serving: Host, verb: str) -> None:
    serving.deploy(wanted("two"))
    released_after(serving, 40)
    assert serving.job(verb, wait=60, wanted=wanted("three"), owner=OWNER)["code"] == 0
    (line,) = [line for line in serving.said if line.startswith("waiting")]
    assert line.startswith("waiting up to 60 s for another job: deploy by ana@mac, since ")


def test_a_rollback_goes_through_while_an_image_is_being_built(serving: Host) -> None:
    serving.deploy(wanted("two"))
    serving.docker.images["debian:12"] = "sha256:debian"
    plan = {"name": "engine", "host": "lab", "context": "c", "upload": CONTEXT, "bases": [], "arch": "amd64"}
    serving.home.upload(CONTEXT).write_bytes(b"")
    codes: list[int] = []

    def build_for_long(argv: list[str]) -> int:
        codes.append(serving.job("rollback")["code"])
        serving.docker.images[next(word[6:] for word in argv if word.startswith("--tag="))] = "sha256:built"
        return 0

    serving.world.build = build_for_long
    ended = serving.job("build", plan={**plan, "secrets": [], "limit_seconds": 4500.0})
    assert (codes, ended["code"], ended["result"]["image"]) == ([0], 0, "sha256:built")
    assert serving.serves() == 1
