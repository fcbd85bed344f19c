"""Sockets on which small messages do not wait for each other."""

from __future__ import annotations

import socket
from typing import Any

# Only Linux lets a program say when it acknowledges; elsewhere a first command waits a moment longer.
AT_ONCE = getattr(socket, "TCP_QUICKACK", None)


class Prompt:
    """A TCP socket that sends and acknowledges at once, and is like the socket it is made of otherwise.

    An SSH server sends two small messages after a login, before it answers. Its machine keeps the second and the answer
    back until the first is acknowledged, for which ours would wait 40 ms (RFC 896, RFC 1122 4.2.3.2).
    """

    def __init__(self, plug: socket.socket) -> None:
        self._plug = plug
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def recv(self, size: int) -> bytes:
        data = self._plug.recv(size)
        if AT_ONCE is not None:
            # The system forgets this as soon as it sees a conversation, so it is said each time.
            self._plug.setsockopt(socket.IPPROTO_TCP, AT_ONCE, 1)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plug, name)
