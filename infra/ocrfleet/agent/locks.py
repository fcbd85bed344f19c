"""Locks that die with the last process that works under them.

The kernel releases a `flock` when the last copy of its descriptor is closed. Every command the agent runs inherits the
descriptor, so a killed agent's docker command still keeps others out, and a free lock is free: nothing can go stale.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ocrfleet.agent.errors import Busy, Refused
from ocrfleet.agent.home import to_json
from ocrfleet.agent.objects import object_of
from ocrfleet.agent.world import World

# Who only looks at a lock has it for a moment too, so a first no is not believed.
PATIENCE, GLANCE = 0.2, 0.05
# The guard holds the lock for a moment every few seconds, and the last command of a dead job not for much longer.
GUARD, BRIEFLY = "guard", 20.0
SIGNATURE = 512
Say = Callable[[str], None]


@contextmanager
def hold(
    world: World, path: Path, holder: dict[str, Any], *, wait: float = 0.0, say: Say = lambda _: None
) -> Iterator[None]:
    """Hold the lock for the block; while another holds it, say so, wait up to `wait` seconds, then raise Busy.

    Who has it only for a moment is waited for unasked. Raises Refused when we are asked to stop meanwhile.
    """
    handle = acquire(world, path, holder, wait=wait, say=say)
    try:
        yield
    finally:
        world.held.discard(handle)
        os.close(handle)


def acquire(world: World, path: Path, holder: dict[str, Any], *, wait: float = 0.0, say: Say = lambda _: None) -> int:
    """Take the lock and keep it until the returned descriptor is closed, here and in every child."""
    handle = world.disk.open(path)
    try:
        _wait_for(world, handle, wait, say)
        os.set_inheritable(handle, True)
        _sign(world, handle, {**holder, "since": world.now(), "pid": os.getpid()})
    except SystemExit as stop:
        os.close(handle)
        raise Refused(f"{stop} while it waited for another job", fix="run this again") from stop
    except BaseException:
        os.close(handle)
        raise
    world.held.add(handle)
    return handle


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock now."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        return _try(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def holder_of(path: Path) -> dict[str, Any] | None:
    """Who holds the lock now, as far as they have said; None when nobody does."""
    if is_free(path):
        return None
    return _signed(path.read_bytes())


def _wait_for(world: World, handle: int, wait: float, say: Say) -> None:
    began, told = world.clock(), wait == 0
    while not _try(handle, fcntl.LOCK_EX):
        holder = _signed(os.pread(handle, 4096, 0))
        limit = max(wait, BRIEFLY if _is_brief(world, holder) else GLANCE)
        if world.clock() - began >= limit:
            raise _busy(world, holder)
        if not told and holder:
            say(f"waiting up to {wait:.0f} s for another job: {describe(holder)}{_standing(world, holder)}")
            told = True
        world.sleep(PATIENCE if limit > GLANCE else GLANCE)


def _is_brief(world: World, holder: dict[str, Any]) -> bool:
    """Whether the lock will soon be free: the guard has it, or only a command whose agent is dead."""
    return is_dead(world, holder) or holder.get("who") == GUARD


def is_dead(world: World, holder: dict[str, Any]) -> bool:
    """Whether who signed a lock is gone; a command that it started may hold the lock all the same."""
    return "pid" in holder and world.read(_process(holder)) is None


def _process(holder: dict[str, Any]) -> Path:
    return Path(f"/proc/{holder['pid']}/stat")


def _standing(world: World, holder: dict[str, Any]) -> str:
    """Whether somebody holds the holder itself still, by SIGSTOP or a debugger: then it goes on for nobody."""
    stat = world.read(_process(holder)) if "pid" in holder else None
    state = (stat or "").rpartition(")")[2].split()[:1]
    return ", which is stopped: kill -CONT lets it go on" if state in (["T"], ["t"]) else ""


def _busy(world: World, holder: dict[str, Any]) -> Busy:
    meanwhile = "ocrfleet attach HOST shows it, ocrfleet abort HOST stops it, " if "job" in holder else ""
    return Busy(
        f"another job is at work on this host: {describe(holder)}{_standing(world, holder)}",
        fix=f"{meanwhile}--wait SECONDS waits for it",
    )


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sign(world: World, path: Path, holder: dict[str, Any]) -> None:
    """Sign a lock that was inherited, with the number of the process that works under it now."""
    with suppress(OSError), path.open("r+b") as file:
        _sign(world, file.fileno(), {**holder, "since": world.now(), "pid": os.getpid()})


def _sign(world: World, handle: int, holder: dict[str, Any]) -> None:
    """Write who holds the lock into the locked file; for messages only, so a full disk does not matter."""
    with suppress(OSError):
        world.disk.sign(handle, to_json(holder).ljust(SIGNATURE))


def _signed(content: bytes) -> dict[str, Any]:
    """What the holder wrote about itself; nothing when it has not yet."""
    return object_of(content) or {}


def describe(holder: dict[str, Any]) -> str:
    """Say what is at work, for whom, since when, and as which job."""
    if not holder:
        return "it has not said yet who it is"
    since = datetime.fromtimestamp(holder["since"], timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    words = [f"{holder.get('what')} by {holder.get('who')}", f"since {since}", f"pid {holder.get('pid')}"]
    return ", ".join([*words, f"job {holder['job']}"] if "job" in holder else words)
