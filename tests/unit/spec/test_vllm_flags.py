"""A flag that the pinned vLLM does not take, or not so, is refused at its line before anything is sent."""

import json
from typing import Any

import pytest

from ocrfleet.spec.vllm.table import PATH, number, table
from tests.unit.spec.files import FILE, problems
from tests.unit.spec.gpus import accepted, gpu_text, refused

UNKNOWN = {
    "misspelt": ("0.30.0", "max-num-seq", "vLLM 0.30.0 has no such name; did you mean max-num-seqs?"),
    "misspelt inside": ("0.30.0", "limit-mm-per-promt.image", "did you mean limit-mm-per-prompt?"),
    "removed": ("0.30.0", "swap-space", "vLLM 0.30.0 has it no more: 0.17.1 was the last"),
    "removed, with a successor": ("0.30.0", "disable-mm-preprocessor-cache", "vLLM 0.30.0 has it no more: 0.12.0 was"),
    "not yet": ("0.12.0", "attention-config.backend", "vLLM 0.12.0 does not have it: it came with 0.13.0"),
    "like nothing": ("0.30.0", "zzzzzz", "expected no such key: vLLM 0.30.0 has no such name"),
    "written as in Python": ("0.30.0", "gpu_memory_utilization", "did you mean gpu-memory-utilization?"),
    "its own negation": ("0.30.0", "no-enable-prefix-caching", "did you mean enable-prefix-caching?"),
    "another engine's": ("0.30.0", "psm", "vLLM 0.30.0 has no such name"),
}
MISFITS: dict[str, tuple[str, Any, str]] = {
    "text for a number": ("max-num-seqs", "many", "expected a whole number"),
    "half a number": ("max-num-seqs", 1.5, "expected a whole number"),
    "true for a number": ("max-num-seqs", True, "expected a whole number"),
    "a number for a switch": ("enable-prefix-caching", 1, "expected true or false"),
    "text for a switch": ("enforce-eager", "yes", "expected true or false"),
    "false for a flag without a negation": ("headless", False, "expected true, or no such flag at all"),
    "text for a fraction": ("gpu-memory-utilization", "a third", "expected a number"),
    "a size with a wrong letter": ("max-num-batched-tokens", "8q", "expected a whole number, or one like 8k"),
    "a word that is no choice": ("dtype", "bfloat", "expected one of auto, bfloat16, float, float16, float32, half"),
    "a list for one value": ("max-num-seqs", [1, 2], "expected one value, not a list"),
    "text in a list of numbers": ("cudagraph-capture-sizes", [1, "two"], "expected a whole number"),
    "an empty list": ("cudagraph-capture-sizes", [], "expected at least one value"),
    "true for text": ("chat-template", True, "expected text"),
    "no key inside": ("limit-mm-per-prompt", 1, "expected one key inside it, like limit-mm-per-prompt.image"),
    "a wrong key inside": ("attention-config.flash", 2, "expected one of its keys: backend"),
    "a list inside": ("limit-mm-per-prompt.image", ["a"], "expected one value, not a list"),
    "a key inside a number": ("max-num-seqs.x", 1, "expected no keys inside"),
    "JSON": ("allowed-origins", "x", "expected nothing: its value is JSON"),
}
FITTING: dict[str, tuple[str, Any]] = {
    "a number": ("max-num-seqs", 32),
    "a whole fraction": ("mm-processor-cache-gb", 0),
    "a size": ("max-num-batched-tokens", "8k"),
    "a switch off": ("enable-prefix-caching", False),
    "a flag": ("headless", True),
    "a choice": ("dtype", "half"),
    "a list": ("allowed-media-domains", ["a.invalid", "b.invalid"]),
    "a list of numbers": ("cudagraph-capture-sizes", [1, 2, 4]),
    "one value for a list": ("allowed-media-domains", "a.invalid"),
    "a key inside": ("limit-mm-per-prompt.image", 1),
    "a key of a configuration": ("attention-config.flash_attn_version", 2),
}
OURS = ["model", "revision", "served-model-name", "host", "port", "quantization", "download-dir", "config"]


def test_the_file_of_these_tests_is_accepted() -> None:
    assert accepted().engine.vllm == "0.30.0"


@pytest.mark.parametrize(("version", "name", "why"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_flag_the_pinned_version_does_not_have_is_refused(version: str, name: str, why: str) -> None:
    base = {"build.base": f"vllm/vllm-openai:v{version}@sha256:{'0' * 64}"}
    (found,) = refused(base, flags={name: 1}, vllm=version)
    assert found.startswith(f"engine.flags.{name}: expected no such key: ")
    assert why in found


@pytest.mark.parametrize(("name", "value", "why"), MISFITS.values(), ids=MISFITS.keys())
def test_a_value_the_flag_does_not_take_is_refused_and_not_repeated(name: str, value: Any, why: str) -> None:
    (found,) = refused(flags={name: value})
    assert found.startswith(f"engine.flags.{name}: {why}")


@pytest.mark.parametrize(("name", "value"), FITTING.values(), ids=FITTING.keys())
def test_a_value_the_flag_takes_is_accepted(name: str, value: Any) -> None:
    flags = accepted(flags={name: value}).engine.flags
    assert flags[name] == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("name", OURS)
def test_a_flag_that_is_written_from_another_key_is_refused_with_that_key(name: str) -> None:
    (found,) = refused(flags={name: "x"})
    assert found.startswith(f"engine.flags.{name}: expected ")
    assert "; the flag is written from that" in found


def test_a_word_that_would_be_a_flag_is_refused_in_a_list() -> None:
    assert any("engine.flags.middleware" in line for line in problems(gpu_text(flags={"middleware": ["a", "--b"]})))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("VLLM_FLASH_ATTN_VERSION", "vLLM 0.30.0 has it no more"),
        ("VLLM_USE_V1", "vLLM 0.30.0 has"),
        ("VLLM_NO_USAGE_STAT", "did you mean VLLM_NO_USAGE_STATS?"),
    ],
)
def test_a_variable_of_vllms_own_that_it_does_not_read_is_refused(name: str, why: str) -> None:
    (found,) = refused(env={name: "1", "HF_HOME": "/tmp"})
    assert found.startswith(f"engine.env.{name}: expected no such key: ")
    assert why in found


@pytest.mark.parametrize("version", ["0.8.5", "0.6.4", "0.11.0"])
def test_a_version_without_the_model_is_refused_with_one_sentence(version: str) -> None:
    (found,) = refused(vllm=version)
    assert found.startswith("engine.vllm: expected 0.11.1 or newer: before it, vLLM's server has no DeepSeek-OCR")
    assert "0.30.0 serves it" in found


@pytest.mark.parametrize("version", ["0.99.0", "0.30.1"])
def test_a_version_nobody_has_read_is_refused_with_what_reads_it(version: str) -> None:
    (found,) = refused(vllm=version)
    assert found.startswith("engine.vllm: expected a version whose flags are known")
    assert "scripts/make_flags.py" in found


@pytest.mark.parametrize("version", [0.3, "latest", "0.30", ">=0.30.0"])
def test_a_version_that_is_no_release_is_refused(version: Any) -> None:
    found = [line for line in refused(vllm=version) if line.startswith("engine.vllm")]
    assert found == ['engine.vllm: expected a release of vLLM in quotes, like "0.30.0"']


def test_a_wrong_flag_is_told_with_its_line() -> None:
    text = gpu_text(flags={"swap-space": 4})
    line = text[: text.index('"swap-space"')].count("\n") + 1
    (found,) = problems(text)
    assert found.startswith(f"{FILE}:{line}: engine.flags.swap-space: ")


def test_every_version_is_written_with_the_hash_of_its_source() -> None:
    versions = table().versions
    assert {"0.11.1", "0.12.0", "0.16.0", "0.20.2", "0.28.0", "0.30.0", "0.31.0", "0.32.0", "0.33.0"} <= set(versions)
    assert all(len(sha256) == 64 for sha256 in versions.values())
    assert list(versions) == sorted(versions, key=number)


def test_spans_follow_each_other_and_name_versions_that_were_read() -> None:
    raw = json.loads(PATH.read_text(encoding="utf-8"))
    for part in ("flags", "env"):
        for name, spans in raw[part].items():
            ends = [end for span in spans for end in (span["since"], span["until"])]
            assert set(ends) <= set(raw["versions"]), name
            assert ends == sorted(ends, key=number), name


@pytest.mark.parametrize(
    ("version", "default"), [("0.12.0", "0.9"), ("0.20.2", "0.92"), ("0.30.0", "0.92"), ("0.33.0", "0.92")]
)
def test_a_default_is_the_versions_own(version: str, default: str) -> None:
    assert table().flags(version)["gpu-memory-utilization"].default == default
