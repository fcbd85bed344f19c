"""A request whose answer nobody waits for: it is fetched when it is there."""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from threading import Thread

from ocrfleet.agent.wire import Line, Reply, exchange


class Errand:
    """One HTTP request under way, in a thread that does not keep the process alive."""

    def __init__(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> None:
        self._line = Line(seconds)
        self._reply: Reply | None = None
        self._request = (method, url, body, headers)
        Thread(target=self._run, daemon=True).start()

    @property
    def reply(self) -> Reply | None:
        """The answer, None until it is there; it is there at the latest when the time limit is over."""
        return self._reply

    def drop(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        method, url, body, headers = self._request
        with closing(self._line):
            try:
                self._reply = exchange(self._line, method, url, body=body, headers=headers)
            except Exception as error:  # noqa: BLE001  who asked must get an answer, or would wait for ever
                self._reply = Reply(0, repr(error).encode())
