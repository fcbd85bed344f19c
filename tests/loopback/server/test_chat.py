"""A page goes in, OpenAI's chat completion comes out."""

import httpx
import pytest

from tests.loopback.server.fakes import CHAT, JPEG, FakeReader, asking, data_url, image, text

pytestmark = pytest.mark.anyio


async def test_a_page_comes_back_in_the_shape_openai_clients_know(client: httpx.AsyncClient) -> None:
    answer = (await client.post(CHAT, json=asking())).json()
    assert answer.pop("id").startswith("chatcmpl-")
    assert answer.pop("created") > 1_700_000_000
    assert answer == {
        "object": "chat.completion",
        "model": "tesseract",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "one two three"}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 3, "total_tokens": 3},
    }


async def test_a_jpeg_is_read_like_a_png(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=asking(image(data_url(JPEG, "image/jpeg"))))
    assert answer.status_code == 200


async def test_the_prompt_is_counted_wherever_it_stands(client: httpx.AsyncClient) -> None:
    body = asking(text("Free OCR."), image())
    body["messages"].insert(0, {"role": "system", "content": "You read pages."})
    body["messages"].append({"role": "assistant", "content": None})
    usage = (await client.post(CHAT, json=body)).json()["usage"]
    assert usage == {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}


async def test_keys_for_other_engines_are_accepted(client: httpx.AsyncClient) -> None:
    keys = {"vllm_xargs": {"ngram_size": 30}, "skip_special_tokens": False, "temperature": 0.0, "max_tokens": 8192}
    answer = await client.post(CHAT, json=asking(**keys))
    assert answer.json()["choices"][0]["message"]["content"] == "one two three"


@pytest.mark.parametrize("key", ["max_tokens", "max_completion_tokens"])
async def test_a_text_longer_than_asked_for_is_cut_and_says_so(
    client: httpx.AsyncClient, reader: FakeReader, key: str
) -> None:
    reader.text = "one\n  two three"
    answer = (await client.post(CHAT, json=asking(**{key: 2}))).json()
    assert answer["choices"][0]["message"]["content"] == "one\n  two"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 2


async def test_a_text_of_exactly_the_asked_length_is_whole(client: httpx.AsyncClient) -> None:
    answer = (await client.post(CHAT, json=asking(max_tokens=3))).json()
    assert answer["choices"][0]["finish_reason"] == "stop"


async def test_an_empty_page_is_an_empty_text(client: httpx.AsyncClient, reader: FakeReader) -> None:
    reader.text = ""
    answer = (await client.post(CHAT, json=asking(max_tokens=1))).json()
    assert answer["choices"][0]["message"]["content"] == ""
    assert answer["choices"][0]["finish_reason"] == "stop"


async def test_the_served_name_is_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/models")).json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["tesseract"]
