"""An HTTP server that runs beside the caller, on the loopback interface unless that is a container's own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """Takes many callers at once: with the usual five, a connection more is dropped without a word."""

    request_queue_size = 128
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, Any]:
        """Send each part of an answer at once: to wait for more would cost forty milliseconds at every hop."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], *, port: int = 0, address: str = "127.0.0.1") -> Iterator[str]:
    """Answer on a port, or on a free one; give the address."""
    server = Server((address, port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
