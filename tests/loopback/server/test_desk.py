"""Two seats, one waiting place: what happens to the third and the fourth request, and who gives a place back."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from server.desk import Desk
from server.errors import Busy
from tests.loopback.server.fakes import (
    CHAT,
    PNG,
    FakeReader,
    asking,
    call_and_hang_up,
    draw,
    encoded,
    image,
    json_bytes,
    metric,
    until,
    until_metric,
)

pytestmark = pytest.mark.anyio

Posts = list[asyncio.Task[httpx.Response]]
IN_FLIGHT, WAITING = "ocr_requests_in_flight", "ocr_requests_waiting"


async def post(client: httpx.AsyncClient, count: int) -> Posts:
    """Send requests at once and wait until each has a place."""
    posts = [asyncio.create_task(client.post(CHAT, json=asking())) for _ in range(count)]
    await until_metric(client, IN_FLIGHT, count)
    return posts


async def test_no_more_pages_are_read_at_once_than_there_are_seats(
    client: httpx.AsyncClient, reader: FakeReader
) -> None:
    reader.hold()
    posts = await post(client, 3)
    await until(lambda: reader.running == 2)
    assert (await metric(client, IN_FLIGHT), await metric(client, WAITING)) == (3, 1)
    reader.release()
    assert [answer.status_code for answer in await asyncio.gather(*posts)] == [200, 200, 200]
    assert reader.most_running == 2
    assert (await metric(client, IN_FLIGHT), await metric(client, WAITING)) == (0, 0)


async def test_a_full_line_says_when_to_come_back(client: httpx.AsyncClient, reader: FakeReader) -> None:
    reader.hold()
    posts = await post(client, 3)
    refused = await client.post(CHAT, json=asking())
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.json()["error"]["type"] == "rate_limit_error"
    reader.release()
    await asyncio.gather(*posts)
    assert (await client.post(CHAT, json=asking())).status_code == 200


async def test_a_full_line_refuses_before_the_body_is_read(client: httpx.AsyncClient, reader: FakeReader) -> None:
    reader.hold()
    posts = await post(client, 3)
    refused = await client.post(CHAT, content=b"not JSON")
    assert refused.status_code == 429
    reader.release()
    await asyncio.gather(*posts)


async def test_many_callers_are_all_answered_and_never_more_than_fit(
    client: httpx.AsyncClient, reader: FakeReader
) -> None:
    answers = await asyncio.gather(*(client.post(CHAT, json=asking()) for _ in range(40)))
    codes = [answer.status_code for answer in answers]
    assert set(codes) <= {200, 429}
    assert codes.count(200) >= 3
    assert reader.most_running <= 2
    assert await metric(client, IN_FLIGHT) == 0


async def test_a_caller_who_hangs_up_stops_the_engine_and_frees_the_place(
    app: FastAPI, client: httpx.AsyncClient, reader: FakeReader
) -> None:
    reader.hold()
    hang_up = asyncio.Event()
    call = asyncio.create_task(call_and_hang_up(app, json_bytes(asking()), hang_up))
    await until(lambda: reader.running == 1)
    hang_up.set()
    await call
    assert (reader.running, reader.cancelled) == (0, 1)
    assert await metric(client, IN_FLIGHT) == 0
    assert await metric(client, 'ocr_requests_total{outcome="gone"}') == 1


async def test_a_caller_who_hangs_up_while_waiting_frees_the_place(
    app: FastAPI, client: httpx.AsyncClient, reader: FakeReader
) -> None:
    reader.hold()
    posts = await post(client, 2)
    await until(lambda: reader.running == 2)
    hang_up = asyncio.Event()
    call = asyncio.create_task(call_and_hang_up(app, json_bytes(asking()), hang_up))
    await until_metric(client, WAITING, 1)
    hang_up.set()
    await call
    assert (await metric(client, IN_FLIGHT), await metric(client, WAITING)) == (2, 0)
    reader.release()
    await asyncio.gather(*posts)


async def test_a_cancelled_request_stops_the_engine_and_frees_the_place(
    client: httpx.AsyncClient, reader: FakeReader
) -> None:
    reader.hold()
    (request,) = await post(client, 1)
    await until(lambda: reader.running == 1)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    assert reader.cancelled == 1
    assert await metric(client, IN_FLIGHT) == 0


async def test_a_failed_page_frees_its_place(client: httpx.AsyncClient, reader: FakeReader) -> None:
    reader.error = RuntimeError("broken")
    for _ in range(4):
        assert (await client.post(CHAT, json=asking())).status_code == 500
    for _ in range(4):
        assert (await client.post(CHAT, json=asking(image("http://x")))).status_code == 400
    assert await metric(client, IN_FLIGHT) == 0


async def test_a_large_picture_is_decoded_beside_the_loop(reader: FakeReader) -> None:
    desk = Desk(reader, seats=1, queue=0, observe=lambda _seconds: None)
    page = asyncio.create_task(desk.read(encoded(draw(size=(5000, 5000)))))
    turns = 0
    while not page.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


async def test_the_way_back_is_as_long_as_a_page_has_lately_taken(reader: FakeReader) -> None:
    desk = Desk(reader, seats=1, queue=0, observe=lambda _seconds: None)
    assert desk.retry_after == 1
    reader.hold()
    asyncio.get_running_loop().call_later(1.1, reader.release)
    with desk.place():
        await desk.read(PNG)
        with pytest.raises(Busy, match="try again in 2 s"), desk.place():
            pass
