"""ESC's API on the loopback: as much of it as the SDK is asked for, in the shapes of the SDK's own models.

Paths, media types, the ETag in both directions and the revision header are those of the SDK 0.14.0 and of Pulumi's
`esc` 0.17.0. It keeps values in the clear and shows definitions with ciphertexts, as the service does.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import yaml  # noqa: TID251  ESC keeps YAML

from lab.cloudflare.listening import listening

TOKEN = "pul-0123456789"
ENVIRONMENT = "goldfish/ocrfleet/lab"
PATH = re.compile(rf"/api/esc/environments/{ENVIRONMENT}(?P<rest>.*)")
TRACE = {
    "def": {
        "environment": "lab",
        "begin": {"line": 1, "column": 1, "byte": 0},
        "end": {"line": 1, "column": 9, "byte": 8},
    }
}
HTTP = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Fault:
    """What a call meets instead of its answer, or after it was done."""

    status: int = 0  # 0: the connection ends without an answer
    done: bool = False  # it was done nevertheless
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass
class Esc:
    """One environment and the calls that reached it; `faults` are for the calls of a method and path, in order."""

    revisions: list[str] = field(default_factory=lambda: ["values: {}\n"])
    tags: dict[str, int] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    says: str = ""  # what every refusal repeats, as a service may

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer | None:
        """Answer one call, or None for no answer."""
        found = PATH.fullmatch(path)
        rest = found["rest"] if found else path
        call = f"{method} {re.sub('s[0-9]+$', 'ID', rest)}"
        self.calls.append(call)
        fault = self.faults.get(call, []).pop(0) if self.faults.get(call) else None
        known = headers.get("Authorization") == f"token {TOKEN}"
        answer = self._said(401)
        if known and (fault is None or fault.done):
            answer = self._answer(method, rest, headers, body)
        if fault is None:
            return answer
        if fault.status == 0:
            return None
        text = fault.body if fault.body is not None else self._said(fault.status)[2]
        return fault.status, {"Content-Type": "application/json", **fault.headers}, text

    def change(self, text: str) -> None:
        """Somebody else writes a definition."""
        self.revisions.append(text)

    def _answer(self, method: str, rest: str, headers: Any, body: bytes) -> Answer:
        if (method, rest) == ("PATCH", ""):
            return self._update(headers.get("ETag"), body.decode())
        if (method, rest) == ("GET", "/versions"):
            return _json([self._revision(number) for number in range(len(self.revisions), 0, -1)])
        if method == "GET" and rest.startswith("/open/"):
            return self._read(rest.removeprefix("/open/"))
        number = self._number(rest.removesuffix("/open"))
        if number is None:
            return self._said(404)
        return self._open(number) if method == "POST" else self._definition(number)

    def _open(self, number: int) -> Answer:
        session = f"s{len(self.calls)}"
        self.sessions[session] = self.revisions[number - 1]
        return _json({"id": session})

    def _read(self, session: str) -> Answer:
        text = self.sessions.pop(session, None)
        return self._said(404) if text is None else _json(_opened(text))

    def _definition(self, number: int) -> Answer:
        text = yaml.safe_dump(_sealed(yaml.safe_load(self.revisions[number - 1])), sort_keys=False)
        return 200, {"Content-Type": "application/x-yaml", **self._names(number)}, text.encode()

    def _update(self, tag: str | None, text: str) -> Answer:
        if tag and tag != f'"{len(self.revisions)}"':
            return self._said(409)
        self.change(yaml.safe_dump(_unsealed(yaml.safe_load(text)), sort_keys=False))
        status, headers, body = _json({"diagnostics": []})
        return status, {**headers, **self._names(len(self.revisions))}, body

    def _number(self, rest: str) -> int | None:
        """A revision by its number or tag; without either, the newest."""
        at = rest.removeprefix("/versions/")
        number = len(self.revisions) if rest == "" else self.tags.get(at) or (int(at) if at.isdecimal() else 0)
        return number if 0 < number <= len(self.revisions) else None

    def _revision(self, number: int) -> dict[str, Any]:
        created = f"2026-11-{number:02}T12:00:00Z"
        tags = sorted(tag for tag, at in {**self.tags, "latest": len(self.revisions)}.items() if at == number)
        return {"number": number, "created": created, "creatorLogin": "neptune", "creatorName": "Neptune", "tags": tags}

    def _names(self, number: int) -> dict[str, str]:
        return {"ETag": f'"{number}"', "Pulumi-ESC-Revision": str(number)}

    def _said(self, status: int) -> Answer:
        said = {"code": status, "message": f"{HTTP.get(status, 'Error')} {self.says}"}
        return status, {"Content-Type": "application/json"}, json.dumps(said).encode()


@contextmanager
def serving(esc: Esc) -> Iterator[str]:
    """Answer on a port of its own; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = esc.answer(self.command, self.path, self.headers, body)
            if answer is None:
                self.close_connection = True
                return
            status, headers, text = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815  the standard library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the same
            """Say nothing."""

    with listening(Handler) as url:
        yield url


def _json(value: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _opened(text: str) -> dict[str, Any]:
    """What ESC says of an opened environment: values with where each stands, and whether it is secret."""
    values = yaml.safe_load(text).get("values") or {}
    return {
        "exprs": {},
        "properties": {name: _value(one) for name, one in values.items()},
        "schema": {"type": "object"},
    }


def _value(node: Any) -> dict[str, Any]:
    if isinstance(node, dict) and "fn::secret" in node:
        return {"value": node["fn::secret"], "secret": True, "trace": TRACE}
    if isinstance(node, dict) and any(str(key).startswith("fn::rotate") for key in node):
        return {"value": "rotated-by-the-service-0123456789", "secret": True, "trace": TRACE}
    if isinstance(node, dict):
        return {"value": {name: _value(one) for name, one in node.items()}, "trace": TRACE}
    return {"value": node, "trace": TRACE}


def _sealed(node: Any) -> Any:
    if isinstance(node, dict) and isinstance(node.get("fn::secret"), str):
        return {"fn::secret": {"ciphertext": base64.b64encode(node["fn::secret"][::-1].encode()).decode()}}
    return {name: _sealed(one) for name, one in node.items()} if isinstance(node, dict) else node


def _unsealed(node: Any) -> Any:
    if isinstance(node, dict) and isinstance(node.get("fn::secret"), dict):
        return {"fn::secret": base64.b64decode(node["fn::secret"]["ciphertext"]).decode()[::-1]}
    return {name: _unsealed(one) for name, one in node.items()} if isinstance(node, dict) else node
