"""One line for each request, with nothing of the caller's in it but the path."""

import re

import httpx
import pytest

from tests.loopback.server.fakes import CHAT, FakeReader, asking, text

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _from_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="server")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "server.requestlog"]


async def test_a_request_is_one_line_of_method_path_status_and_seconds(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await client.post(CHAT, json=asking())
    (line,) = lines(caplog)
    assert re.fullmatch(r"POST /v1/chat/completions 200 \d+\.\d{3}s", line)


async def test_no_content_header_or_query_is_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    body = asking(text("SECRET-PROMPT"), model="SECRET-MODEL")
    await client.post(f"{CHAT}?key=SECRET-QUERY", json=body, headers={"Authorization": "Bearer SECRET-KEY"})
    assert lines(caplog)[0].startswith("POST /v1/chat/completions 404 ")
    assert "SECRET" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("server"))


async def test_a_path_cannot_start_a_line_of_its_own(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await client.get("/%0AERROR%20all%20is%20lost")
    assert lines(caplog)[0].startswith("GET /%0AERROR%20all%20is%20lost 404 ")


async def test_a_crash_is_logged_as_500(
    client: httpx.AsyncClient, reader: FakeReader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.error = RuntimeError("a mistake")
    await client.post(CHAT, json=asking())
    assert lines(caplog)[0].startswith("POST /v1/chat/completions 500 ")
