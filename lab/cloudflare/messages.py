"""One request and its response, as they travel between edge, connector and origin."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

JWT, CLIENT_ID, CLIENT_SECRET = "cf-access-jwt-assertion", "cf-access-client-id", "cf-access-client-secret"


@dataclass(frozen=True)
class Request:
    """What somebody asks of a name; headers have small letters."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def bare_path(self) -> str:
        return self.path.partition("?")[0]


@dataclass(frozen=True)
class Response:
    """What is answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def said(status: int, words: str) -> Response:
    """Answer in words."""
    return Response(status, {"content-type": "text/plain"}, words.encode())


def packed(message: Request | Response) -> dict[str, Any]:
    """Write a message as JSON can hold it."""
    return {**asdict(message), "body": base64.b64encode(message.body).decode()}


def request_of(raw: Mapping[str, Any]) -> Request:
    """Read a request."""
    return Request(**{**raw, "body": base64.b64decode(raw["body"])})


def response_of(raw: Mapping[str, Any]) -> Response:
    """Read a response."""
    return Response(**{**raw, "body": base64.b64decode(raw["body"])})
