"""Where connectors join their tunnels and fetch what is asked of them."""

from __future__ import annotations

import base64
import itertools
import json
import queue
import threading
from dataclasses import dataclass, field
from typing import Any

from lab.cloudflare.account import Account
from lab.cloudflare.messages import Request, Response, packed, said

NO_CONNECTOR, TOO_SLOW = 530, 524


@dataclass
class Waiting:
    """One request on its way to a connector, and who waits for its answer."""

    number: int
    request: Request
    done: threading.Event = field(default_factory=threading.Event)
    response: Response | None = None


class Hub:
    """Hands requests to the connectors of their tunnel. `limit` is how long an origin may take."""

    def __init__(self, account: Account, *, limit: float = 100.0) -> None:
        self._account, self._limit = account, limit
        self._numbers = itertools.count(1)
        self._tunnels: dict[str, str] = {}
        # Not a SimpleQueue: one of two that wait in it for the same thing may wait for ever in Python 3.11.
        self._queues: dict[str, queue.Queue[Waiting]] = {}
        self._open: dict[int, Waiting] = {}

    def join(self, token: str) -> str | None:
        """Let a connector in that shows its tunnel's token; return the connector's id."""
        try:
            said_by = json.loads(base64.b64decode(token))
            tunnel = self._account.tunnels[said_by["t"]]
        except (ValueError, KeyError, TypeError):
            return None
        if tunnel["deleted_at"] or said_by.get("s") != self._account.secrets[tunnel["id"]]:
            return None
        connector = self._account.uuid()
        self._tunnels[connector] = tunnel["id"]
        self._queues.setdefault(tunnel["id"], queue.Queue())
        tunnel["connections"].append({"id": connector, "client_id": connector, "colo_name": "lab"})
        tunnel["status"] = "healthy"
        return connector

    def knows(self, connector: str) -> bool:
        """Whether a connector has joined, and not left since."""
        return connector in self._tunnels

    def leave(self, connector: str) -> None:
        """Forget a connector."""
        tunnel = self._account.tunnels[self._tunnels.pop(connector)]
        tunnel["connections"] = [one for one in tunnel["connections"] if one["id"] != connector]
        tunnel["status"] = "healthy" if tunnel["connections"] else "down"

    def next(self, connector: str, *, seconds: float) -> dict[str, Any] | None:
        """Give a connector its configuration and the next request, if one comes in time; none if it was thrown out."""
        tunnel = self._tunnels.get(connector)
        if tunnel and connector not in {one["id"] for one in self._account.tunnels[tunnel]["connections"]}:
            return None
        try:
            waiting = self._queues[tunnel].get(timeout=seconds) if tunnel else None
        except queue.Empty:
            waiting = None
        if tunnel is None or waiting is None:
            return None
        config = self._account.configs.get(tunnel, {}).get("config") or {}
        return {"number": waiting.number, "request": packed(waiting.request), "config": config}

    def answer(self, number: int, response: Response) -> None:
        """Take a connector's answer; whoever waited too long has gone."""
        waiting = self._open.get(number)
        if waiting:
            waiting.response = response
            waiting.done.set()

    def carry(self, tunnel_id: str | None, request: Request) -> Response:
        """Bring a request through a tunnel."""
        tunnel = self._account.tunnels.get(tunnel_id or "")
        if tunnel is None or not tunnel["connections"]:
            return said(NO_CONNECTOR, "error code: 1033")
        waiting = Waiting(next(self._numbers), request)
        self._open[waiting.number] = waiting
        self._queues[tunnel["id"]].put(waiting)
        waiting.done.wait(self._limit)
        del self._open[waiting.number]
        return waiting.response or said(TOO_SLOW, "error code: 524")
