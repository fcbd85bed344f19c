"""Reads a request's body, never more of it than one page needs. What it means is not known here."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from server.errors import BodyTooLarge, BodyTooSlow, ClientGone

MOST_BYTES = 20 * 1024 * 1024
MOST_SECONDS = 60.0


async def read_body(request: Request, *, most: int = MOST_BYTES, seconds: float = MOST_SECONDS) -> bytes:
    """The whole body; one announced as too large is refused before a byte of it is read."""
    if int(request.headers.get("content-length", 0)) > most:
        raise _too_large(most)
    try:
        # A waiting place is taken while the body arrives, so nobody may take for ever to send it.
        async with asyncio.timeout(seconds):
            return await _collect(request, most)
    except TimeoutError:
        raise BodyTooSlow(f"The body did not arrive within {seconds:g} s.") from None
    except ClientDisconnect:
        raise ClientGone from None


async def _collect(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {most} bytes; send one page, smaller or compressed more.")
