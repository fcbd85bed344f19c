"""Takes an HTTP answer piece by piece, however large it is; silence ends it, slowness does not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

PIECE = 1 << 20
# Some servers answer nobody who does not say who asks; a body that was packed on the way has another length.
OURS = {"User-Agent": "ocrfleet", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Pulled:
    """How an answer began, and `why` it did not come to its end; status 0 where it did not begin.

    Names of headers are in small letters.
    """

    status: int
    headers: dict[str, str]
    why: str = ""


Take = Callable[[Pulled, bytes], None]


def pull(url: str, *, headers: dict[str, str], seconds: float, take: Take) -> Pulled:
    """Ask for a URL and hand over every piece of the answer; what `take` raises is not caught."""
    # Loading these takes longer than most verbs do.
    from http.client import HTTPException

    try:
        connection, target = _connection(url, seconds)
    except ValueError as error:
        return Pulled(0, {}, f"{error}")
    with closing(connection):
        try:
            connection.request("GET", target, headers={**OURS, **headers})
            answer = connection.getresponse()
        except (OSError, HTTPException) as error:
            return Pulled(0, {}, _said(error))
        head = Pulled(answer.status, {name.lower(): value for name, value in answer.getheaders()})
        while True:
            piece, why = _next(answer)
            if piece:
                take(head, piece)
            else:
                return replace(head, why=why)


def _connection(url: str, seconds: float) -> tuple[HTTPConnection, str]:
    from http.client import HTTPConnection, HTTPSConnection
    from urllib.parse import urlsplit

    where = urlsplit(url)
    kinds = {"https": HTTPSConnection, "http": HTTPConnection}
    if where.scheme not in kinds or not where.hostname:
        raise ValueError("what it names is no web address")
    path = where.path or "/"
    target = f"{path}?{where.query}" if where.query else path
    return kinds[where.scheme](where.hostname, where.port, timeout=seconds), target


def _next(answer: HTTPResponse) -> tuple[bytes, str]:
    """The next piece; with none of it, why there is no more, nothing where that was the end."""
    from http.client import HTTPException

    try:
        piece = answer.read1(PIECE)
    except (OSError, HTTPException) as error:
        return b"", _said(error)
    # read1 takes an early end for the end.
    return piece, "" if piece or not answer.length else f"the answer ended {answer.length} bytes early"


def _said(error: Exception) -> str:
    return "it fell silent" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
