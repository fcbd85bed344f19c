"""Sends one HTTP request and gives up at a deadline, however slowly the other side answers."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.client import HTTPResponse

LARGEST_ANSWER = 20_000_000


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. Status 0 means there was none: `body` then says why, `late` whether time ran out."""

    status: int
    body: bytes
    late: bool = False


def request(method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Reply:
    """Send one request to a literal `http://address:port/path`; the whole exchange within the time limit."""
    with closing(Line(seconds)) as line:
        return exchange(line, method, url, body=body, headers=headers)


def exchange(line: Line, method: str, url: str, *, body: bytes | None, headers: dict[str, str]) -> Reply:
    """Send one request over a line that is not connected yet."""
    # Loading this takes as long as all of the agent, and most verbs send nothing.
    from http.client import HTTPConnection, HTTPException

    authority, address, path = _place(url)
    with closing(HTTPConnection(authority)) as connection:
        try:
            line.connect(address)
            connection.sock = line
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Reply(answer.status, _whole(answer))
        except TimeoutError:
            return Reply(0, f"no end of an answer within {line.seconds:.0f} s".encode(), late=True)
        except (OSError, HTTPException) as error:
            return Reply(0, (str(error) or type(error).__name__).encode())


def status(url: str, seconds: float) -> int:
    """Ask for a literal `http://address:port/path` and return the status of the answer alone; 0 where none comes.

    Every plan waits for this, so nothing is loaded for it.
    """
    authority, address, path = _place(url)
    head = bytearray(64)
    with closing(Line(seconds)) as line:
        try:
            line.connect(address)
            line.sendall(f"GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n".encode())
            size = line.recv_into(head)
        except OSError:
            return 0
    _, _, rest = bytes(head[:size]).partition(b" ")
    return int(rest[:3]) if rest[:3].isdigit() else 0


def _place(url: str) -> tuple[str, tuple[str, int], str]:
    """Take `http://address:port/path` apart: as one word, as a socket wants it, and what to ask for there."""
    authority, _, path = url.removeprefix("http://").partition("/")
    address, _, port = authority.partition(":")
    return authority, (address, int(port)), f"/{path}"


class Line(socket.socket):
    """A connection with one deadline for everything; a plain timeout starts again at every byte."""

    def __init__(self, seconds: float) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.seconds, self._deadline = seconds, time.monotonic() + seconds

    def connect(self, address: Any) -> None:
        self._hurry()
        super().connect(address)

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._hurry()
        super().sendall(data, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        self._hurry()
        return super().recv_into(buffer, nbytes, flags)

    def _hurry(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


def _whole(answer: HTTPResponse) -> bytes:
    body = bytearray()
    while chunk := answer.read1(65536):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise OSError("the answer is too long")
    if answer.length:
        # read1 takes an early end for the end.
        raise OSError(f"the answer ended {answer.length} bytes early")
    return bytes(body)
