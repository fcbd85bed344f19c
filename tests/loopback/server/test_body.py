"""A body is read up to a size and up to a time."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request

from server.body import MOST_BYTES, read_body
from server.errors import BodyTooSlow
from tests.loopback.server.fakes import CHAT, FakeReader, asking, call_and_hang_up, json_bytes, metric

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


class Upload:
    """A body that counts how much of it was taken."""

    def __init__(self, mib: int) -> None:
        self.mib, self.taken = mib, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.taken < self.mib:
            self.taken += 1
            yield bytes(MIB)


async def test_a_body_announced_as_too_large_is_refused_unread(client: httpx.AsyncClient) -> None:
    upload = Upload(21)
    answer = await client.post(CHAT, content=upload, headers={"Content-Length": str(21 * MIB)})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "body_too_large"
    assert upload.taken == 0


async def test_a_body_of_unknown_size_is_refused_at_the_limit(client: httpx.AsyncClient) -> None:
    upload = Upload(500)
    answer = await client.post(CHAT, content=upload)
    assert answer.status_code == 413
    assert upload.taken == 21


async def test_a_body_of_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = json_bytes(asking())
    answer = await client.post(CHAT, content=body + b" " * (MOST_BYTES - len(body)))
    assert answer.status_code == 200


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(BodyTooSlow, match=r"within 0\.1 s"):
        async with asyncio.timeout(2):
            await read_body(Request({"type": "http", "headers": []}, receive), seconds=0.1)


async def test_a_caller_who_leaves_while_sending_is_counted_as_gone(
    app: FastAPI, client: httpx.AsyncClient, reader: FakeReader
) -> None:
    gone = asyncio.Event()
    gone.set()
    await call_and_hang_up(app, b'{"model":', gone, more=True)
    assert reader.pages == []
    assert await metric(client, 'ocr_requests_total{outcome="gone"}') == 1
    assert await metric(client, "ocr_requests_in_flight") == 0
