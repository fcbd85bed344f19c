"""The API over HTTP, on the loopback interface only."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lab.cloudflare.answers import Answer, Call, Silent
from lab.cloudflare.api import Api
from lab.cloudflare.listening import listening

BASE = "/client/v4"


@dataclass(frozen=True)
class Served:
    """An API that answers at an address."""

    api: Api
    url: str


@contextmanager
def serving(api: Api, *, port: int = 0, hang_seconds: float = 0.0, address: str = "127.0.0.1") -> Iterator[Served]:
    """Answer on a free port; a call that hangs is dropped after so many seconds."""

    class Handler(Requests):
        pass

    Handler.api, Handler.hang_seconds = api, hang_seconds
    with listening(Handler, port=port, address=address) as url:
        yield Served(api, f"{url}{BASE}")


class Requests(BaseHTTPRequestHandler):
    """Turns requests into calls."""

    api: Api
    hang_seconds: float
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        call = self._call()
        try:
            answer = self.api.handle(call)
        except Silent:
            time.sleep(self.hang_seconds)
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815  named by the protocol

    def _call(self) -> Call:
        address = urlsplit(self.path)
        said = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body: Any = json.loads(said) if said else {}
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        return Call(self.command, address.path.removeprefix(BASE), dict(parse_qsl(address.query)), body, token)

    def _send(self, answer: Answer) -> None:
        text = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words: Any) -> None:
        """Say nothing: the API itself remembers every call, and a log would hold what a call held."""
