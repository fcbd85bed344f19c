"""The hub of models as a real server on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.unit.agent.hubs import FakeHub


@contextmanager
def served(hub: FakeHub, *, port: int = 0, pause: float = 0.0) -> Iterator[str]:
    """Serve a hub on the loopback interface; large files come from another name of it. Gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = hub.answer(self.path, dict(self.headers.items()))
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in answer.pieces():
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(pause)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.base, hub.elsewhere = (f"http://{name}:{server.server_port}" for name in ("127.0.0.1", "localhost"))
    try:
        yield hub.base
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
