"""Does two things at the same time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from ocrfleet.agent.world import A, B


def beside(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Run `first` beside `second`; what one of them raises is raised when both are done."""
    found: list[A] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(first())
        except BaseException as error:  # noqa: BLE001  raised again below
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        last = second()
    finally:
        thread.join()
    for error in failed:
        raise error
    return found[0], last
