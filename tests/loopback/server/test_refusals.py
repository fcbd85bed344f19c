"""What is not answered with a page is answered in OpenAI's error shape, and says what to send instead."""

from typing import Any

import httpx
import pytest

from server.errors import EngineFailed, EngineTooSlow
from tests.loopback.server.fakes import (
    CHAT,
    JPEG,
    PNG,
    FakeReader,
    asking,
    data_url,
    draw,
    encoded,
    image,
    json_bytes,
    text,
)

pytestmark = pytest.mark.anyio

GIF = encoded(draw(), "GIF")
BOMB = encoded(draw(mode="1", size=(20_000, 20_000), paper=1))
LONG = encoded(draw(mode="1", size=(40_000, 1), paper=1))
NO_MODEL = {"messages": [{"role": "user", "content": [image()]}]}
BARE_URL = {"type": "image_url", "image_url": "data:,"}


def with_url(url: str) -> bytes:
    return json_bytes(asking(image(url)))


REFUSED = {
    "bad base64": (with_url("data:image/png;base64,@@@"), "not valid base64"),
    "base64 cut short": (with_url("data:image/png;base64,abc"), "not valid base64"),
    "not base64 at all": (with_url("data:image/png,abc"), "looks like data:image/png;base64"),
    "no comma": (with_url("data:image/png;base64"), "looks like data:image/png;base64"),
    "an empty picture": (with_url(data_url(b"")), "not a whole PNG or JPEG"),
    "not a picture": (with_url(data_url(b"hello")), "not a whole PNG or JPEG"),
    "a PDF that says so": (with_url(data_url(b"%PDF-1.7", "application/pdf")), "a PDF is not accepted"),
    "a PDF in disguise": (with_url(data_url(b"%PDF-1.7 ...")), "Send one page as PNG or JPEG; a PDF is not accepted"),
    "a GIF that says so": (with_url(data_url(GIF, "image/gif")), "'image/gif' is not accepted"),
    "a GIF in disguise": (with_url(data_url(GIF)), "not a whole PNG or JPEG"),
    "a web address": (with_url("https://example.com/page.png"), "addresses are not fetched"),
    "a file": (with_url("file:///etc/passwd"), "addresses are not fetched"),
    "two pictures": (json_bytes(asking(image(), image())), "exactly one image_url part; there are 2"),
    "no picture": (json_bytes(asking(text("hello"))), "exactly one image_url part; there are 0"),
    "no messages": (json_bytes({"model": "tesseract"}), "messages: Field required"),
    "no model": (json_bytes(NO_MODEL), "model: Field required"),
    "a part without its key": (json_bytes(asking({"type": "image_url"})), "needs the key image_url"),
    "a picture in the wrong place": (json_bytes(asking(BARE_URL)), "messages.0.content.0.image_url: "),
    "an unknown part": (json_bytes(asking({"type": "file"})), "Input should be 'text' or 'image_url'"),
    "streaming": (json_bytes(asking(stream=True)), "Streaming is not supported"),
    "no words": (json_bytes(asking(max_tokens=0)), "greater than or equal to 1"),
    "not JSON": (b"model=tesseract", "The body is not JSON"),
    "not text": (b"\xff\xfe\x00", "The body is not JSON"),
    "nothing": (b"", "The body is not JSON"),
    "half a character": (rb'{"model": "\ud800", "messages": []}', "The body is not JSON"),
    "a list": (b"[]", "body: "),
    "a truncated PNG": (with_url(data_url(PNG[:-20])), "not a whole PNG or JPEG"),
    "a PNG without its end": (with_url(data_url(PNG[:-12])), "not a whole PNG or JPEG"),
    "a truncated JPEG": (with_url(data_url(JPEG[:-40])), "not a whole PNG or JPEG"),
    "too many pixels": (with_url(data_url(BOMB)), "20000 x 20000 pixels; at most 40000000"),
    "too long a side": (with_url(data_url(LONG)), "40000 x 1 pixels"),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_request_that_cannot_be_read_is_told_why(client: httpx.AsyncClient, body: bytes, message: str) -> None:
    answer = await client.post(CHAT, content=body)
    error = error_in(answer)
    assert answer.status_code == 400
    assert error["type"] == "invalid_request_error"
    assert message in error["message"]


async def test_what_is_refused_never_reaches_the_engine(client: httpx.AsyncClient, reader: FakeReader) -> None:
    for body, _message in REFUSED.values():
        await client.post(CHAT, content=body)
    assert reader.pages == []


async def test_the_error_names_the_key_that_is_wrong(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=NO_MODEL)
    assert error_in(answer)["param"] == "model"


async def test_an_unknown_model_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=asking(model="gpt-4o"))
    assert answer.status_code == 404
    assert error_in(answer)["code"] == "model_not_found"
    assert error_in(answer)["message"] == "The model 'gpt-4o' is not served here; ask for 'tesseract'."


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", CHAT, 405), ("GET", "/health/", 404)]
)
async def test_a_wrong_path_or_method_has_the_same_shape(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert error_in(answer)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (EngineFailed("The engine ended with exit status 1."), 500, "engine_failed"),
        (EngineTooSlow("The page was not read within 120 s."), 504, "engine_timeout"),
        (RuntimeError("secret detail"), 500, None),
    ],
)
async def test_a_failure_of_ours_is_a_server_error_without_a_traceback(
    client: httpx.AsyncClient, reader: FakeReader, problem: Exception, status: int, code: str | None
) -> None:
    reader.error = problem
    answer = await client.post(CHAT, json=asking())
    assert answer.status_code == status
    assert (error_in(answer)["type"], error_in(answer)["code"]) == ("server_error", code)
    assert "Traceback" not in answer.text
    assert "secret" not in answer.text


def error_in(answer: httpx.Response) -> dict[str, Any]:
    """The error, which holds OpenAI's four keys and is all there is."""
    body: dict[str, dict[str, Any]] = answer.json()
    assert list(body) == ["error"]
    assert set(body["error"]) == {"message", "type", "param", "code"}
    return body["error"]
