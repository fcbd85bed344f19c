"""Every request is counted once, by how it ended."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.app import Settings, build_app
from server.errors import EngineFailed
from tests.loopback.server.fakes import CHAT, FakeReader, asking, metric

pytestmark = pytest.mark.anyio


async def test_the_metrics_are_prometheus_text_with_every_name_from_the_start(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    kinds = {family.name: family.type for family in text_string_to_metric_families(answer.text)}
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert kinds.items() >= {
        ("ocr_requests_in_flight", "gauge"),
        ("ocr_requests_waiting", "gauge"),
        ("ocr_requests", "counter"),
        ("ocr_completion_tokens", "counter"),
        ("ocr_page_seconds", "histogram"),
    }


async def test_a_page_counts_its_words_and_its_seconds(client: httpx.AsyncClient) -> None:
    await client.post(CHAT, json=asking())
    await client.post(CHAT, json=asking(max_tokens=1))
    assert await metric(client, "ocr_completion_tokens_total") == 4
    assert await metric(client, "ocr_page_seconds_count") == 2


async def test_a_request_is_counted_by_how_it_ended(client: httpx.AsyncClient, reader: FakeReader) -> None:
    await client.post(CHAT, json=asking())
    await client.post(CHAT, json=asking(model="other"))
    for problem in (EngineFailed("exit status 1"), RuntimeError("a mistake")):
        reader.error = problem
        await client.post(CHAT, json=asking())
    counted = {name: await metric(client, f'ocr_requests_total{{outcome="{name}"}}') for name in OUTCOMES}
    assert counted == {"read": 1, "refused": 1, "busy": 0, "gone": 0, "failed": 2}


OUTCOMES = ("read", "refused", "busy", "gone", "failed")


async def test_two_servers_in_one_process_count_apart(client: httpx.AsyncClient, reader: FakeReader) -> None:
    await client.post(CHAT, json=asking())
    other = build_app(reader, Settings(model="other", seats=1, queue=0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://other") as second:
        assert await metric(second, 'ocr_requests_total{outcome="read"}') == 0
