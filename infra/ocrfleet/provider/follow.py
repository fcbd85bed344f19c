"""Shows a host job's log as the live status of a resource, until the engine gives up waiting."""

from __future__ import annotations

from collections.abc import Callable

from ocrfleet.provider.resource import Cancelled, Task


def lines_to(task: Task) -> Callable[[str], None]:
    """A receiver of log lines; it raises Cancelled once the engine no longer waits."""

    def line(text: str) -> None:
        if task.cancelled.is_set():
            raise Cancelled
        if text.strip():
            task.voice.status(text.strip())

    return line
