"""A caller from outside: to a public name, through the edge, with what it was given to show."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from ocrfleet.edge.credential import Credential


@dataclass(frozen=True)
class Caller:
    """One consumer of a public name on the edge at `url`; `shown` is its credential, None for a stranger."""

    url: str
    name: str
    shown: Credential | None = None
    key: str | None = None

    def ask(self, method: str, path: str, *, body: Any = None, seconds: float, keyless: bool = False) -> dict[str, Any]:
        """Send one request, and tell what came back as the host's agent does."""
        start = time.monotonic()
        got = httpx.request(
            method, f"{self.url}{path}", json=body, headers=self._headers(keyless=keyless), timeout=seconds
        )
        return {"status": got.status_code, "body": got.text, "seconds": round(time.monotonic() - start, 3)}

    def _headers(self, *, keyless: bool) -> dict[str, str]:
        key = {"Authorization": f"Bearer {self.key}"} if self.key and not keyless else {}
        return {"Host": self.name, **(self.shown.headers if self.shown else {}), **key}
