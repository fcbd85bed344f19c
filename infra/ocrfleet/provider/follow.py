"""Shows a host job's log as the live status of a resource, until the engine gives up waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from ocrfleet.provider.resource import Cancelled, Task
from ocrfleet.remote.agent import Lines

PATIENCE = 0.25
T = TypeVar("T")


def follow(task: Task, work: Callable[[Lines], T]) -> T:
    """Do work that tells its lines; raise Cancelled once the engine no longer waits, however long nothing is told."""
    done = _begun(lambda: work(_lines_to(task)))
    while not wait([done], PATIENCE).done:
        if task.cancelled.is_set():
            raise Cancelled
    return done.result()


def to_rejoin(host: str) -> str:
    """What to type once nobody waits any more for work that goes on on the host."""
    return f"pulumi up -s {host} joins it; ocrfleet attach {host} shows it, ocrfleet abort {host} stops it"


def _lines_to(task: Task) -> Lines:
    def line(text: str) -> None:
        if task.cancelled.is_set():
            raise Cancelled
        if text.strip():
            task.voice.status(text.strip())

    return line


def _begun(work: Callable[[], T]) -> Future[T]:
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  it is raised where the work is waited for
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done
