"""The stand-in answers as vLLM 0.30 does: its shapes, its refusals, its metrics, and its loops."""

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from lab.standin.tokens import picture_tokens
from ocrfleet.agent.reading import loop_in
from ocrfleet.asking.families import ladder
from ocrfleet.asking.request import page_request
from ocrfleet.project import Project
from ocrfleet.spec import load_host
from tests.unit.spec.files import ROOT
from tests.unit.standin.conftest import TEXT

CALYPSO = load_host(Project(ROOT), "calypso")
pytestmark = pytest.mark.anyio


def png(size: tuple[int, int] = (1241, 1754)) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, "white").save(out, "PNG")
    return out.getvalue()


def asked(task: Any = "text", **changes: Any) -> dict[str, Any]:
    """What ocrfleet itself asks, changed."""
    return {**page_request(CALYPSO, ladder(CALYPSO, task)[0], png()), **changes}


async def post(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    return await client.post("/v1/chat/completions", json=body)


async def test_a_page_is_read(client: httpx.AsyncClient) -> None:
    answer = (await post(client, asked())).json()
    assert answer["choices"][0]["message"]["content"] == TEXT
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert (answer["id"][:9], answer["object"], answer["model"]) == ("chatcmpl-", "chat.completion", "deepseek-ocr")
    assert 903 < answer["usage"]["prompt_tokens"] < 925


async def test_layout_is_shown_in_tags_that_are_special_tokens(client: httpx.AsyncClient) -> None:
    said = (await post(client, asked("markdown"))).json()["choices"][0]["message"]["content"]
    assert said.startswith("<|ref|>text<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\nHARBOUR")
    said = (await post(client, asked("markdown", skip_special_tokens=True))).json()["choices"][0]["message"]["content"]
    assert said.startswith("text[[0, 0, 999, 999]]\nHARBOUR")


async def test_without_the_ngram_arguments_it_says_one_phrase_until_it_may_not(client: httpx.AsyncClient) -> None:
    answer = (await post(client, asked(vllm_xargs={}, max_tokens=600))).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 600
    assert loop_in(answer["choices"][0]["message"]["content"])


async def test_an_answer_that_is_too_long_is_cut(client: httpx.AsyncClient) -> None:
    choice = (await post(client, asked(max_tokens=3))).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("HARBOUR STORES\nInvoice", "length")


URL = {"type": "image_url", "image_url": {"url": "https://example.org/page.png"}}
PDF = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(b'no picture').decode()}"}}
REFUSED: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "too long": ({"max_tokens": 8192}, 400, "BadRequestError", "This model's maximum context length is 8192 tokens"),
    "another model": ({"model": "gpt-4"}, 404, "NotFoundError", "The model `gpt-4` does not exist."),
    "a loop guard of 0": (
        {"vllm_xargs": {"ngram_size": 0}},
        400,
        "BadRequestError",
        "`ngram_size` has to be a strictly positive integer, got 0.",
    ),
    "no messages": ({"messages": None}, 400, "BadRequestError", "1 validation error"),
    "an address": (
        {"messages": [{"role": "user", "content": [URL]}]},
        400,
        "BadRequestError",
        "The URL must be from one of the allowed domains: ['none.invalid']. Input URL domain: example.org",
    ),
    "two pages": (
        {"messages": [{"role": "user", "content": [PDF, PDF]}]},
        400,
        "BadRequestError",
        "At most 1 image(s) may be provided in one prompt.",
    ),
    "no picture": (
        {"messages": [{"role": "user", "content": [PDF]}]},
        400,
        "BadRequestError",
        "Failed to load image: cannot identify image file",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_refusal_has_vllm_s_shape(client: httpx.AsyncClient, what: str) -> None:
    change, status, kind, message = REFUSED[what]
    answer = await post(client, asked(**change))
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (status, kind, status)
    assert error["message"].startswith(message)
    assert set(error) == {"message", "type", "param", "code"}


async def test_its_other_paths(client: httpx.AsyncClient) -> None:
    for path in ("/health", "/ping"):
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, b"")
    assert (await client.get("/version")).json() == {"version": "0.30.0"}
    models = (await client.get("/v1/models")).json()["data"]
    assert [one["id"] for one in models] == ["deepseek-ocr", "deepseek-ai/DeepSeek-OCR"]
    assert models[0]["max_model_len"] == 8192
    missing = await client.get("/v2/models")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "Not Found")


async def test_what_it_counts_has_vllm_s_names(client: httpx.AsyncClient) -> None:
    await post(client, asked())
    rows = (await client.get("/metrics")).text.splitlines()
    label = 'engine="0",model_name="deepseek-ocr"'
    for row in (
        f"vllm:num_requests_running{{{label}}} 0.0",
        f"vllm:num_requests_waiting{{{label}}} 0.0",
        f"vllm:generation_tokens_total{{{label}}} 8.0",
        'vllm:request_success_total{engine="0",finished_reason="stop",model_name="deepseek-ocr"} 1.0',
        f"vllm:e2e_request_latency_seconds_count{{{label}}} 1.0",
    ):
        assert row in rows


@pytest.mark.parametrize(
    ("size", "tokens"),
    [((640, 640), 273), ((1241, 1754), 903), ((595, 842), 903), ((2480, 3508), 903), ((200, 3000), 933)],
)
def test_a_picture_costs_what_vllm_s_own_processor_makes_of_it(size: tuple[int, int], tokens: int) -> None:
    assert picture_tokens(*size) == tokens
