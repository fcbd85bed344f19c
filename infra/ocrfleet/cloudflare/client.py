"""One token at one address: patient where the API asks for patience, brief where it says no."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from ocrfleet.edge.scopes import APPS, DNS, ORGANIZATION, READ, TOKENS, TUNNEL, WRITE, ZONE
from ocrfleet.errors import Forbidden, Refused, Unknown

REAL = "https://api.cloudflare.com/client/v4"
TRIES, PAGE, SECONDS, LONGEST = 5, 50, 30.0, 300.0
PASSING = frozenset({429, 500, 502, 503, 504})


# What the token must be allowed, by what a path is about.
RIGHTS = (
    ("/access/service_tokens", TOKENS),
    ("/access/organizations", ORGANIZATION),
    ("/access/", APPS),
    ("/cfd_tunnel", TUNNEL),
    ("/dns_records", DNS),
    ("/zones", ZONE),
)


@dataclass(frozen=True)
class Client:
    """Calls the API."""

    token: str
    url: str = REAL
    sleep: Callable[[float], None] = time.sleep

    def get(self, path: str, **query: str) -> Any:
        """Return the result of a call; raise Forbidden, Refused or Unknown."""
        return self._ask("GET", path, query)["result"]

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Change something by a call that may arrive twice; return the result, or raise as `get` does."""
        return self._ask(method, path, {}, json.dumps(body).encode())["result"]

    def all(self, path: str, **query: str) -> tuple[Any, ...]:
        """Return everything of a list, page by page."""
        found: list[Any] = []
        number = 1
        while True:
            said = self._ask("GET", path, {**query, "page": str(number), "per_page": str(PAGE)})
            found += said["result"] or []
            if number >= (said.get("result_info") or {}).get("total_pages", 1):
                return tuple(found)
            number += 1

    def _ask(self, method: str, path: str, query: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
        call = f"{method} {path}"
        why = ""
        for wait in (*(2.0**number for number in range(TRIES - 1)), None):
            try:
                return self._once(method, f"{path}?{urlencode(query)}", body)
            except HTTPError as error:
                said = error.read()
                error.close()
                if error.code not in PASSING:
                    raise _denied(method, path, error.code, said) from None
                why = str(error.code)
                wait = wait and max(wait, float(error.headers.get("Retry-After") or 0))  # noqa: PLW2901  it may ask for more
            except (OSError, HTTPException, ValueError) as error:
                why = type(error).__name__
            if wait is not None:
                self.sleep(min(wait, LONGEST))
        raise _silent(call, why)

    def _once(self, method: str, address: str, body: bytes | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = Request(f"{self.url}{address}", body, headers, method=method)  # noqa: S310  our own address
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  the same
            found: dict[str, Any] = json.loads(answer.read())
            return found


def connect() -> Client:
    """Use the token and the address that Pulumi uses, too."""
    token = os.environ.get("CLOUDFLARE_API_TOKEN")
    if not token:
        fix = "export CLOUDFLARE_API_TOKEN=… (README, Edge and secrets, names its scopes)"
        raise Refused("there is no token for Cloudflare's API here: CLOUDFLARE_API_TOKEN is not set", fix=fix)
    return Client(token, os.environ.get("CLOUDFLARE_BASE_URL") or REAL)


def _silent(call: str, why: str) -> Unknown:
    return Unknown(
        f"no answer from Cloudflare to {call}: {why}",
        serving="not asked; what is public is as it was",
        changed="nothing" if call.startswith("GET") else "not known; the call may have been done",
        fix="run the same command again",
    )


def _denied(method: str, path: str, code: int, said: bytes) -> Refused:
    if code == HTTPStatus.FORBIDDEN:
        return Forbidden(f"{method} {path}", right=_right(method, path))
    try:
        errors = json.loads(said)["errors"]
        why = "; ".join(f"{one['message']} ({one['code']})" for one in errors)
    except (ValueError, KeyError, TypeError):
        why = str(code)
    return Refused(
        f"Cloudflare refused {method} {path}: {why}", fix="check CLOUDFLARE_API_TOKEN and the names in the host file"
    )


def _right(method: str, path: str) -> str:
    right = next((name for part, name in RIGHTS if part in path), None)
    return f"the right {right}{READ if method == 'GET' else WRITE}" if right else "a right"
