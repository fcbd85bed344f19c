"""Locks that die with the last process that works under them.

The kernel releases a `flock` when the last copy of its descriptor is closed. Every command the agent runs inherits the
descriptor, so a killed agent's docker command still keeps others out, and a free lock is free: nothing can go stale.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ocrfleet.agent.errors import Busy
from ocrfleet.agent.home import to_json
from ocrfleet.agent.world import World

# Who only looks at a lock has it for a moment too, so a first no is not believed.
PATIENCE, GLANCE = 0.2, 0.05
SIGNATURE = 512


@contextmanager
def hold(world: World, path: Path, holder: dict[str, Any], *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock for the block; while another holds it, wait up to `wait` seconds, then raise Busy."""
    handle = acquire(world, path, holder, wait=wait)
    try:
        yield
    finally:
        world.held.discard(handle)
        os.close(handle)


def acquire(world: World, path: Path, holder: dict[str, Any], *, wait: float = 0.0) -> int:
    """Take the lock and keep it until the returned descriptor is closed, here and in every child."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_for(world, handle, wait)
        os.set_inheritable(handle, True)
        _sign(handle, {**holder, "since": world.now(), "pid": os.getpid()})
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


def _wait_for(world: World, handle: int, wait: float) -> None:
    deadline = world.clock() + max(wait, GLANCE)
    while not _try(handle, fcntl.LOCK_EX):
        if world.clock() >= deadline:
            raise Busy(
                f"another job is at work on this host ({_evidence(handle)})", fix="wait for it, then run this again"
            )
        world.sleep(PATIENCE if wait else GLANCE)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(handle: int, holder: dict[str, Any]) -> None:
    """Write who holds the lock into the locked file; for messages only, so a full disk does not matter."""
    with suppress(OSError):
        os.pwrite(handle, to_json(holder).ljust(SIGNATURE), 0)


def _evidence(handle: int) -> str:
    try:
        holder = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return "it has not said yet who it is"
    return ", ".join(f"{name} {holder[name]}" for name in ("what", "who", "pid") if name in holder)
