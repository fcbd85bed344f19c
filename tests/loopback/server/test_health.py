"""Healthy means: the engine has read a picture."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from server.errors import EngineFailed, NotReady
from server.warmup import WarmUp
from tests.loopback.server.fakes import FakeReader, until

pytestmark = pytest.mark.anyio


async def test_the_server_is_ready_once_the_engine_has_read_its_first_picture(
    app: FastAPI, client: httpx.AsyncClient, reader: FakeReader
) -> None:
    reader.hold()
    async with app.router.lifespan_context(app):
        await until(lambda: reader.running == 1)
        assert (await client.get("/health")).status_code == 503
        assert (await client.get("/health")).json()["error"]["code"] == "warming_up"
        reader.release()
        await until(lambda: reader.running == 0)
        await asyncio.sleep(0)
        assert (await client.get("/health")).json() == {"status": "ok"}
    assert len(reader.pages) == 1


async def test_a_server_that_stops_while_warming_up_stops_its_engine(app: FastAPI, reader: FakeReader) -> None:
    reader.hold()
    async with app.router.lifespan_context(app):
        await until(lambda: reader.running == 1)
    assert reader.cancelled == 1


async def test_an_engine_that_fails_at_first_is_tried_again(reader: FakeReader) -> None:
    reader.error = EngineFailed("not yet")
    warm_up = WarmUp(reader, pause=0.001)
    running = asyncio.create_task(warm_up.run())
    await until(lambda: len(reader.pages) > 2)
    with pytest.raises(NotReady):
        warm_up.check()
    reader.error = None
    await running
    warm_up.check()


async def test_an_engine_that_sees_no_word_is_not_ready(reader: FakeReader) -> None:
    reader.text = ""
    warm_up = WarmUp(reader, pause=0.001)
    running = asyncio.create_task(warm_up.run())
    await until(lambda: len(reader.pages) > 2)
    assert not running.done()
    running.cancel()
