"""A public name of a scratch project that is answered: an edge, a connector, and an origin, all on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from lab.cloudflare.connector import connected
from lab.cloudflare.front import fronting
from lab.cloudflare.scratch import Scratch
from lab.cloudflare.tunnels import run_token
from ocrfleet.cloudflare.caller import EDGE
from tests.loopback.cloudflare.edges import answering

NAME, CONSUMER, PATH = "ocr.example.org", "page-worker", "/v1/models"


@dataclass
class Answered:
    """The project, and where its edge answers."""

    edge: Scratch
    url: str
    spec: dict[str, Any]

    def kept(self) -> dict[str, Any]:
        """What the store has for the consumer."""
        ran = self.edge.ocrfleet("secrets", "get", "lab", f"access-{CONSUMER}", "--reveal")
        assert ran.code == 0, ran.out
        found: dict[str, Any] = json.loads(ran.out)
        return found

    def status(self, kept: dict[str, Any]) -> int:
        """What a caller with this credential is answered."""
        shown = {"CF-Access-Client-Id": kept["client_id"], "CF-Access-Client-Secret": kept["client_secret"]}
        return httpx.get(f"{self.url}{PATH}", headers={"Host": NAME, **shown}, timeout=10.0, verify=False).status_code


@contextmanager
def answered(edge: Scratch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answered]:
    """Deploy one name and answer it."""
    edge.at.account.now = lambda: datetime.now(UTC)
    with answering() as origin:
        door = {"service": origin.url, "paths": [PATH], "audience": [CONSUMER]}
        spec = {"zone": "example.org", "team": "example", "hostnames": {NAME: door}}
        edge.up(spec)
        (tunnel,) = edge.at.account.tunnels
        with fronting(edge.at.account, poll=0.05) as url, connected(url, run_token(edge.at.account, tunnel)):
            monkeypatch.setenv(EDGE, url)
            yield Answered(edge, url, spec)
