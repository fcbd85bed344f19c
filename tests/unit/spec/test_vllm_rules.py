"""What is known not to work together is refused, with the reason and with what to write instead."""

from typing import Any

import pytest

from tests.unit.spec.gpus import COMMIT, GPU, PROCESSOR, accepted, refused

DIGEST = "@sha256:" + "0" * 64
STOCK = "vllm/vllm-openai"
UUID = "GPU-01234567-89ab-cdef-0123-456789abcdef"


def of(version: str) -> dict[str, Any]:
    return {"values": {"build.base": f"{STOCK}:v{version}{DIGEST}"}, "vllm": version}


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "the new model runner": (of("0.31.0"), "engine.env.VLLM_USE_V2_MODEL_RUNNER", 'expected "0": vLLM 0.31 and newer'),
    "the new runner asked for": (
        {**of("0.33.0"), "env": {"VLLM_USE_V2_MODEL_RUNNER": "1"}},
        "engine.env.VLLM_USE_V2_MODEL_RUNNER",
        'expected "0"',
    ),
    "no n-gram processor": (
        {"flags": {"logits-processors": None}},
        "engine.flags.logits-processors",
        f"expected {PROCESSOR}: without it",
    ),
    "a dot before its class": (
        {"flags": {"logits-processors": PROCESSOR.replace(":", ".")}},
        "engine.flags.logits-processors",
        f"expected {PROCESSOR}",
    ),
    "no media domains": (
        {"flags": {"allowed-media-domains": None}},
        "engine.flags.allowed-media-domains",
        "expected a domain that does not exist",
    ),
    "empty media domains": (
        {"flags": {"allowed-media-domains": ""}},
        "engine.flags.allowed-media-domains",
        "expected a domain that does not exist",
    ),
    "an answer as long as the context": (
        {"values": {"gate.max_tokens": 8192}},
        "gate.max_tokens",
        "expected at most 7168",
    ),
    "half a context": ({"flags": {"max-model-len": 4096}}, "engine.flags.max-model-len", "less cuts dense pages"),
    "more context than there is": ({"flags": {"max-model-len": "16k"}}, "engine.flags.max-model-len", "expected 8192"),
    "health below the API": (
        {"values": {"gate.health_path": "/v1/chat/completions/health"}},
        "gate.health_path",
        "expected /health",
    ),
    "most of a shared memory": (
        {"flags": {"gpu-memory-utilization": 0.9}},
        "engine.flags.gpu-memory-utilization",
        "expected less than 0.9",
    ),
    "vLLM's default share of a shared memory": (
        {"flags": {"gpu-memory-utilization": None}},
        "engine.flags.gpu-memory-utilization",
        "(vLLM's own default is 0.92)",
    ),
    "nearly all of an own memory": (
        {"values": {"gpu.memory": "own"}, "flags": {"gpu-memory-utilization": 0.95}},
        "engine.flags.gpu-memory-utilization",
        "expected at most 0.92",
    ),
    "a size of pictures": (
        {"flags": {"mm-processor-kwargs.max_image_size": 1024}},
        "engine.flags.mm-processor-kwargs.max_image_size",
        "one way to cut pages",
    ),
    "somebody else's code": (
        {"flags": {"trust-remote-code": True}},
        "engine.flags.trust-remote-code",
        "vLLM has this model's code itself",
    ),
    "an invented metric": (
        {"in_flight_metrics": ["vllm_queue_size"]},
        "engine.in_flight_metrics[0]",
        "expected one of vLLM's gauges",
    ),
    "a prompt of one's own": (
        {"values": {"gate.prompt": "Extract all text."}},
        "gate.prompt",
        "the model knows its own prompts only",
    ),
    "no weights": ({"values": {"model": {}}}, "model", "repo and revision are what vLLM serves"),
    "the second model on an old vLLM": (
        {**of("0.12.0"), "values": {**of("0.12.0")["values"], "model.family": "deepseek-ocr-2"}},
        "engine.vllm",
        "expected 0.16.0 or newer",
    ),
    "a GPU without bfloat16": ({"values": {"gpu.capability": "7.5"}}, "engine.flags.dtype", "expected half"),
    "a prebuilt NGC vLLM": (
        {"values": {"build.base": f"nvcr.io/nvidia/vllm:26.05-py3{DIGEST}"}},
        "build.base",
        "expected no prebuilt NGC vLLM: its vLLM is patched",
    ),
    "a base without arm64": (
        {"values": {"build.base": f"pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel{DIGEST}"}},
        "build.base",
        "pytorch/pytorch has none for arm64",
    ),
    "the latest": (
        {"values": {"build.base": f"{STOCK}:latest{DIGEST}"}},
        "build.base",
        "expected",
    ),
    "another base": (
        {"values": {"build.base": f"nvidia/cuda:13.0.3-devel-ubuntu24.04{DIGEST}"}},
        "build.base",
        f"expected {STOCK}:v0.30.0: the profile stock starts from it",
    ),
    "another version's image": (
        {"values": {"build.base": f"{STOCK}:v0.28.0{DIGEST}"}},
        "build.base",
        "expected the tag v0.30.0, as engine.vllm says",
    ),
    "another machine's image": (
        {"values": {"build.base": f"{STOCK}:v0.30.0-x86_64{DIGEST}"}},
        "build.base",
        "expected an image for arm64",
    ),
    "no profile": ({"values": {"build.profile": None}}, "build.profile", "expected stock, source or quantised"),
    "a build from source on nothing": (
        {"values": {"build.profile": "source", "build.source": None}},
        "build.source",
        "expected, but it is missing",
    ),
    "awq without weights": (
        {"values": {"build.profile": "quantised", "model.quantisation": "awq"}},
        "model.checkpoint",
        "expected weights that are awq already, or quantisation: fp8; vLLM loads awq weights and makes none",
    ),
    "awq as a flag": ({"flags": {"quantization": "awq"}}, "engine.flags.quantization", "model.quantisation"),
    "a branch": ({"values": {"model.revision": "main"}}, "model.revision", "expected a commit of 40 hex digits"),
    "any GPU, unsaid": ({"values": {"waivers": {}}}, "gpu.uuid", "or the waiver any-gpu"),
    "the host's memory and one's own": (
        {"values": {"waivers.host-ipc": "tried it out, and it is needed"}, "shm_gib": 8},
        "engine.shm_gib",
        "beside the waiver host-ipc",
    ),
}
GOOD: dict[str, dict[str, Any]] = {
    "the old runner on a new vLLM": {**of("0.33.0"), "env": {"VLLM_USE_V2_MODEL_RUNNER": "0"}},
    "several processors": {"flags": {"logits-processors": [PROCESSOR, "mine:Mine"]}},
    "a cache of a fixed size": {"flags": {"gpu-memory-utilization": None, "kv-cache-memory-bytes": "16G"}},
    "an own memory, nearly all": {"values": {"gpu.memory": "own"}, "flags": {"gpu-memory-utilization": 0.9}},
    "the context, unsaid": {"flags": {"max-model-len": None}},
    "the longest answer": {"values": {"gate.max_tokens": 7168}},
    "an old GPU with half": {"values": {"gpu.capability": "7.5"}, "flags": {"dtype": "half"}},
    "for another CUDA": {"values": {"build.base": f"{STOCK}:v0.30.0-cu129{DIGEST}"}},
    "for this machine": {"values": {"build.base": f"{STOCK}:v0.30.0-aarch64{DIGEST}"}},
    "from source": {"values": {"build.profile": "source"}},
    "online fp8": {"values": {"build.profile": "quantised"}},
    "awq with its weights": {
        "values": {
            "build.profile": "quantised",
            "model.quantisation": "awq",
            "model.checkpoint": {"repo": "somebody/DeepSeek-OCR-AWQ", "revision": COMMIT},
        }
    },
    "its UUID": {"values": {"waivers": {}, "gpu.uuid": UUID}},
    "the second model": {"values": {"model.family": "deepseek-ocr-2"}},
}


@pytest.mark.parametrize(("changes", "key", "why"), BAD.values(), ids=BAD.keys())
def test_what_cannot_work_is_refused_with_the_reason(changes: dict[str, Any], key: str, why: str) -> None:
    found = refused(**changes)
    assert any(line.startswith(f"{key}: ") and why in line for line in found), found
    assert all(line.startswith(key.partition("[")[0]) for line in found), found


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD.keys())
def test_what_works_is_accepted(changes: dict[str, Any]) -> None:
    assert accepted(**changes).engine.model == "deepseek-ocr"


def test_what_is_wrong_elsewhere_hides_nothing() -> None:
    found = refused({"build": 5, "gpu": [1], "model": "x", "gate": None}, env=[], flags={"swap-space": 1})
    assert {line.partition(":")[0] for line in found} >= {"build", "gpu", "model", "engine.flags.swap-space"}


def test_nothing_of_this_is_asked_of_another_engine() -> None:
    assert GPU["build.base"].startswith(STOCK)
    assert accepted(vllm=None, flags={"psm": 6}).engine.flags["psm"] == 6
