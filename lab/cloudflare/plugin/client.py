"""Asks the API: again after 429 and 503, but never again for what may have taken effect."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import httpx

from lab.plugins.package import Refusal

TRIES, LONGEST = 4, 30.0
REAL = "https://api.cloudflare.com/client/v4"
IDEMPOTENT = {"GET", "PUT", "DELETE"}


class ApiError(Refusal):
    """The API said no; `gone` when the thing is not there."""

    def __init__(self, call: str, status: int, said: str) -> None:
        super().__init__(f"{call}: {status} {said}")
        self.gone = status == httpx.codes.NOT_FOUND


class Client:
    """One token at one address."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        url = settings.get("baseUrl") or os.environ.get("CLOUDFLARE_BASE_URL") or REAL
        token = settings.get("apiToken") or os.environ.get("CLOUDFLARE_API_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=30.0)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: str) -> Any:
        """Return the result of a call; raise ApiError."""
        for again in reversed(range(TRIES)):
            try:
                got = self._http.request(method, path, json=body, params=query)
            except httpx.TransportError as error:
                if again and method in IDEMPOTENT:
                    continue
                raise ApiError(f"{method} {path}", 0, f"no answer: {type(error).__name__}") from None
            if again and _passes(got.status_code):
                time.sleep(min(float(got.headers.get("Retry-After", 0.2)), LONGEST))
                continue
            return _result(f"{method} {path}", got)
        raise AssertionError("the last try returns or raises")


def _passes(status: int) -> bool:
    """Whether a refusal is one that passes, and nothing was done."""
    return status in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}


def _result(call: str, got: httpx.Response) -> Any:
    try:
        said = got.json()
    except ValueError:
        raise ApiError(call, got.status_code, "an answer that is no JSON") from None
    if not said.get("success"):
        errors = "; ".join(f"{one['message']} ({one['code']})" for one in said.get("errors", []))
        raise ApiError(call, got.status_code, errors)
    return said["result"]
