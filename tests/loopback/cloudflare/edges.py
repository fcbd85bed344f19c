"""A public name on the emulator, from its record to an origin that answers, and how a test calls it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx

from lab.cloudflare.account import Account
from lab.cloudflare.connector import connected
from lab.cloudflare.front import fronting
from lab.cloudflare.listening import listening
from lab.cloudflare.place import Place, place
from lab.cloudflare.tunnels import run_token
from ocrfleet.edge import WantedEdge
from ocrfleet.edge.declared import application, ingress, policy, record
from tests.unit.edge.wanted import wanted

NAME = "ocr.example.org"
CHAT = "/v1/chat/completions"


@dataclass
class Origin:
    """Answers with the path it was asked for, after a while, and remembers what it saw."""

    url: str = ""
    pause: threading.Event = field(default_factory=threading.Event)
    seen: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Public:
    """A name that is public, and its consumer's token."""

    at: Place
    edge: WantedEdge
    tunnel: str
    token: dict[str, Any]
    url: str = ""

    @property
    def account(self) -> Account:
        return self.at.account

    def call(self, path: str = CHAT, *, secret: str | None = None, name: str = NAME, **headers: str) -> httpx.Response:
        """Call the name as its consumer does."""
        shown = secret if secret is not None else self.token["client_secret"]
        token = {"CF-Access-Client-Id": self.token["client_id"], "CF-Access-Client-Secret": shown}
        return self.bare(path, name=name, **{**(token if shown else {}), **headers})

    def bare(self, path: str = CHAT, *, name: str = NAME, **headers: str) -> httpx.Response:
        """Call the name as a stranger does."""
        return httpx.get(f"{self.url}{path}", headers={"Host": name, **headers}, timeout=10.0, verify=False)


@contextmanager
def answering() -> Iterator[Origin]:
    """An origin on a free port."""
    origin = Origin()
    origin.pause.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            origin.seen.append({name.lower(): value for name, value in self.headers.items()})
            origin.pause.wait(5.0)
            body = f"read {self.path}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None: ...

    with listening(Handler) as origin.url:
        yield origin
        origin.pause.set()


@contextmanager
def public(origin: Origin, *, limit: float = 100.0) -> Iterator[Public]:
    """A public name with a connector that has joined."""
    found = laid_out(origin.url)
    with fronting(found.account, limit=limit, poll=0.05) as url:
        found.url = url
        with connected(url, run_token(found.account, found.tunnel)):
            yield found


def laid_out(origin: str) -> Public:
    """Everything of one name in an account; the clock is the real one, as signatures are looked at with that."""
    at = place()
    at.account.now = lambda: datetime.now(UTC)
    local = {"service": origin, "paths": [CHAT], "audience": ["page-worker"]}
    edge = wanted({"zone": "example.org", "team": "example", "hostnames": {NAME: local}})
    door = edge.doors[0]
    token = at.result("POST", "{a}/access/service_tokens", {"name": "t"})
    rule = at.result("POST", "{a}/access/policies", policy(edge, door, dict.fromkeys(edge.tokens, token["id"])))
    app = at.result("POST", "{a}/access/apps", application(edge, door, rule["id"]))
    tunnel = at.result("POST", "{a}/cfd_tunnel", {"name": edge.tunnel, "config_src": "cloudflare"})["id"]
    config = {"config": {"ingress": ingress(edge, {NAME: app["aud"]})}}
    at.result("PUT", f"{{a}}/cfd_tunnel/{tunnel}/configurations", config)
    at.result("POST", "{z}/dns_records", record(door, tunnel))
    return Public(at, edge, tunnel, token)
