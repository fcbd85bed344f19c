"""How the API answers: one envelope for what went well and what did not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_A_PAGE = 1000


@dataclass(frozen=True)
class Call:
    """One request, without what only HTTP knows."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    token: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def reads(self) -> bool:
        return self.method == "GET"


@dataclass(frozen=True)
class Answer:
    """A status, the envelope, and headers."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class Denied(Exception):
    """The API says no, with its own code and words."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.answer = Answer(status, _envelope(None, [{"code": code, "message": message}]), headers or {})


class Silent(Exception):
    """No answer comes; whether the call took effect, only the account knows."""


def good(result: Any) -> Answer:
    """Answer with one result."""
    return Answer(200, _envelope(result))


def page(items: Sequence[Any], query: Mapping[str, str]) -> Answer:
    """Answer with one page of a list."""
    number, size = int(query.get("page", 1)), min(int(query.get("per_page", 20)), MOST_A_PAGE)
    shown = list(items[(number - 1) * size : number * size])
    info = {
        "page": number,
        "per_page": size,
        "count": len(shown),
        "total_count": len(items),
        "total_pages": math.ceil(len(items) / size),
    }
    return Answer(200, {**_envelope(shown), "result_info": info})


def _envelope(result: Any, errors: Sequence[Any] = ()) -> dict[str, Any]:
    return {"success": not errors, "errors": list(errors), "messages": [], "result": result}
