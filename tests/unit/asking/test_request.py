"""A page is asked for in the model's own words, with its guard against loops, and one at a time."""

import base64
from typing import get_args

import pytest

from ocrfleet.asking.families import Task, ladder
from ocrfleet.asking.request import gate_request, page_request
from ocrfleet.errors import Refused
from tests.unit.spec.files import LAB, parse
from tests.unit.spec.gpus import accepted

GPU, OTHER = accepted(), parse(LAB)
OFFICIAL = {
    "markdown": "<|grounding|>Convert the document to markdown.",
    "text": "Free OCR.",
    "ocr": "<|grounding|>OCR this image.",
    "figure": "Parse the figure.",
    "describe": "Describe this image in detail.",
}


@pytest.mark.parametrize("task", get_args(Task))
def test_every_task_has_its_official_prompt_and_no_other(task: Task) -> None:
    assert ladder(GPU, task)[0].prompt == OFFICIAL[task]


@pytest.mark.parametrize("task", ["markdown", "text"])
def test_the_second_model_reads_pages(task: Task) -> None:
    assert ladder(accepted({"model.family": "deepseek-ocr-2"}), task)[0].prompt == OFFICIAL[task]


@pytest.mark.parametrize("task", ["ocr", "figure", "describe"])
def test_a_task_the_second_model_was_not_made_for_is_refused_with_those_it_was(task: Task) -> None:
    with pytest.raises(Refused, match=f"deepseek-ocr-2 has no prompt for {task}") as caught:
        ladder(accepted({"model.family": "deepseek-ocr-2"}), task)
    assert caught.value.fix == "choose one of its tasks: markdown, text"


def test_plain_text_does_not_end_the_ladder_of_plain_text_twice() -> None:
    assert [(rung.ngram, rung.window) for rung in ladder(GPU, "text")] == [(30, 90), (20, 50), (20, 256)]


def test_a_request_holds_one_picture_no_chance_and_the_guard() -> None:
    body = page_request(GPU, ladder(GPU, "markdown")[1], b"jpeg", media_type="image/jpeg")
    assert body == {
        "model": "deepseek-ocr",
        "temperature": 0,
        "max_tokens": 4096,
        "skip_special_tokens": False,
        "vllm_xargs": {"ngram_size": 20, "window_size": 50, "whitelist_token_ids": [128821, 128822]},
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,anBlZw=="}},
                    {"type": "text", "text": OFFICIAL["markdown"]},
                ],
            }
        ],
    }


def test_the_gate_asks_for_plain_text_as_a_first_try() -> None:
    body = gate_request(GPU, b"png")
    assert body == page_request(GPU, ladder(GPU, "text")[0], b"png")
    assert body["vllm_xargs"]["ngram_size"] == 30


def test_another_engine_gets_its_own_prompt_and_none_of_vllms_words() -> None:
    body = gate_request(OTHER, b"png")
    assert set(body) == {"model", "temperature", "max_tokens", "messages"}
    assert body["messages"][0]["content"][1]["text"] == OTHER.gate.prompt
    assert len(ladder(OTHER, "markdown")) == 1


def test_a_picture_travels_whole() -> None:
    url = gate_request(GPU, bytes(range(256)))["messages"][0]["content"][0]["image_url"]["url"]
    assert base64.b64decode(url.partition(",")[2]) == bytes(range(256))
