"""vLLM's own parser has read what every host gives it, and takes what our table says it takes (`make flags`)."""

import json
from typing import Any

import pytest

from ocrfleet.spec.vllm.table import Flag, table
from scripts.engine_words import engine_words, source
from scripts.make_golden import GOLDEN

RECORD: dict[str, Any] = json.loads((GOLDEN / "vllm.json").read_text(encoding="utf-8"))
WORDS = engine_words()
FLAGS = table().flags(RECORD["vllm"])
# vLLM lists every order of these words, too.
PERMUTED = {"collect-detailed-traces"}
# Without a GPU, vLLM does not offer it.
ON_A_GPU = {"mm-processor-device"}


@pytest.mark.parametrize("name", WORDS)
def test_vllm_has_read_this_command_line(name: str) -> None:
    assert RECORD["hosts"][name]["words"] == WORDS[name], "vLLM has not seen this one: make flags"


def test_vllm_has_read_nothing_else() -> None:
    assert set(RECORD["hosts"]) == set(WORDS)


def test_vllm_understood_what_is_meant() -> None:
    values = RECORD["hosts"]["spark"]["values"]
    assert values["model_tag"] == "/model"
    assert values["served_model_name"] == ["deepseek-ocr", "deepseek-ai/DeepSeek-OCR"]
    assert values["limit_mm_per_prompt"] == {"image": 1}
    assert values["enable_prefix_caching"] is False
    assert values["allowed_media_domains"] == ["none.invalid"]
    assert RECORD["hosts"]["calypso-quantised"]["values"]["quantization"] == "fp8"


def test_the_record_is_of_the_table_as_it_is() -> None:
    written = {name: RECORD[name] for name in source()}
    assert written == source(), "version or table have changed since vLLM was asked: make flags"


def test_the_table_has_every_flag_and_no_other() -> None:
    assert set(FLAGS) == set(RECORD["flags"])


@pytest.mark.parametrize("name", RECORD["flags"])
def test_the_table_says_of_a_flag_what_vllm_says(name: str) -> None:
    ours, theirs = FLAGS[name], RECORD["flags"][name]
    assert takes(ours) == theirs["takes"]
    if name not in PERMUTED | ON_A_GPU:
        assert sorted(map(str, ours.choices)) == [choice for choice in theirs.get("choices", []) if choice != "None"]


def takes(flag: Flag) -> str:
    """How many words follow a flag, as the record has it."""
    return flag.kind if flag.kind in {"switch", "flag"} else "many" if flag.many else "one"
