"""What is known not to work together is refused, with the reason and with what to write instead."""

from typing import Any

import pytest

from tests.unit.spec.gpus import GPU, PROCESSOR, accepted, refused

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
    "a share of nothing": (
        {"flags": {"gpu-memory-utilization": 0}},
        "engine.flags.gpu-memory-utilization",
        "expected more than 0, like 0.3",
    ),
    "more GPUs than one": (
        {"flags": {"tensor-parallel-size": 2}},
        "engine.flags.tensor-parallel-size",
        "an engine gets one GPU",
    ),
    "files of the container as pages": (
        {"flags": {"allowed-local-media-path": "/"}},
        "engine.flags.allowed-local-media-path",
        "whoever sends a page could read",
    ),
    "weights from the network": (
        {"env": {"HF_HUB_OFFLINE": "0"}},
        "engine.env.HF_HUB_OFFLINE",
        "its weights are on the host",
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
    "an own memory, nearly all": {
        "values": {"gpu.memory": "own"},
        "flags": {"gpu-memory-utilization": 0.9},
        "memory_gib": 110,
    },
    "one GPU, said": {"flags": {"tensor-parallel-size": 1}},
    "the context, unsaid": {"flags": {"max-model-len": None}},
    "the longest answer": {"values": {"gate.max_tokens": 7168}},
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
