"""The edge over HTTP, on the loopback interface: names by their Host header, a team's keys, a door for connectors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from lab.cloudflare.account import Account
from lab.cloudflare.guard import admit, tunnel_of
from lab.cloudflare.hub import Hub
from lab.cloudflare.listening import listening
from lab.cloudflare.messages import Request, Response, response_of, said
from lab.cloudflare.signing import published

CERTS, DOOR = "/cdn-cgi/access/certs", "connectors.lab"
NOT_SENT = {"content-length", "connection", "transfer-encoding", "date", "server"}


class Front:
    """What the edge answers."""

    def __init__(self, account: Account, hub: Hub, *, poll: float) -> None:
        self._account, self._hub, self._poll = account, hub, poll

    def answer(self, request: Request) -> Response:
        """Answer a request for any name."""
        if request.host == DOOR:
            return self._door(request)
        if request.host == self._account.organization["auth_domain"] and request.path == CERTS:
            return Response(200, {"content-type": "application/json"}, published().encode())
        tunnel = tunnel_of(self._account, request.host)
        if tunnel is None:
            return said(530, "error code: 1016")
        admitted = admit(self._account, request)
        return admitted if isinstance(admitted, Response) else self._hub.carry(tunnel, admitted)

    def _door(self, request: Request) -> Response:
        """Serve connectors: POST / joins, POST /ID/next waits for work, POST /ID/NUMBER answers, DELETE /ID leaves."""
        if request.path == "/":
            connector = self._hub.join(request.headers.get("authorization", "").removeprefix("Bearer "))
            return _json({"connector": connector}) if connector else said(401, "unknown tunnel token")
        _, connector, *rest = request.path.split("/")
        if rest[:1] in ([], ["next"]) and not self._hub.knows(connector):
            return said(410, "join again")
        if not rest:
            self._hub.leave(connector)
            return said(200, "left")
        if rest == ["next"]:
            work = self._hub.next(connector, seconds=self._poll)
            return _json(work) if work else Response(204)
        self._hub.answer(int(rest[0]), response_of(json.loads(request.body)))
        return said(200, "heard")


@contextmanager
def fronting(
    account: Account, *, port: int = 0, limit: float = 100.0, poll: float = 5.0, address: str = "127.0.0.1"
) -> Iterator[str]:
    """Answer on a free port; give the address. A connector waits for work at most `poll` seconds at a time."""

    class Handler(Names):
        front = Front(account, Hub(account, limit=limit), poll=poll)

    with listening(Handler, port=port, address=address) as url:
        yield url


class Names(BaseHTTPRequestHandler):
    """Turns HTTP into requests for names."""

    front: Front
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        host = re.sub(r":[0-9]+$", "", headers.get("host", ""))
        response = self.front.answer(Request(self.command, host, self.path, headers, body))
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name.lower() not in NOT_SENT:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _any  # noqa: N815  named by the protocol

    def log_message(self, *words: Any) -> None:
        """Say nothing: headers hold secrets."""


def _json(value: Any) -> Response:
    return Response(200, {"content-type": "application/json"}, json.dumps(value).encode())
