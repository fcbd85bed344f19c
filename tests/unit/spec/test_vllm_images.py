"""An engine starts from the image that its profile and its pinned vLLM name, with the weights that it names."""

from typing import Any

import pytest

from tests.unit.spec.gpus import COMMIT, accepted, refused

DIGEST = "@sha256:" + "0" * 64
V1 = {"VLLM_USE_V2_MODEL_RUNNER": "0"}
STOCK = "vllm/vllm-openai"
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
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
    "awq weights that fp8 would leave aside": (
        {
            "values": {
                "build.profile": "quantised",
                "model.checkpoint": {"repo": "somebody/DeepSeek-OCR-AWQ", "revision": COMMIT},
            }
        },
        "model.quantisation",
        "expected awq or gptq beside a checkpoint",
    ),
    "awq as a flag": ({"flags": {"quantization": "awq"}}, "engine.flags.quantization", "model.quantisation"),
    "a GPU without bfloat16": (
        {"values": {"gpu.capability": "7.5", "arch": "amd64"}},
        "engine.flags.dtype",
        "expected half",
    ),
    "a GPU that this machine's image has no kernels for": (
        {"values": {"gpu.capability": "7.5"}, "flags": {"dtype": "half"}},
        "gpu.capability",
        "the published image for arm64 has kernels for (8.0, 8.7,",
    ),
    "a GPU older than all kernels": (
        {"values": {"gpu.capability": "6.1", "arch": "amd64"}, "flags": {"dtype": "half"}},
        "gpu.capability",
        "or the profile source",
    ),
    "less memory than vLLM takes": (
        {"memory_gib": 20},
        "engine.memory_gib",
        "expected at least 37: vLLM takes 0.3 of the GPU's 121.7 GiB at start",
    ),
    "a driver older than the image's CUDA": (
        {"values": {"gpu.driver": 575}},
        "gpu.driver",
        "expected 580 or newer: the image is made with CUDA 13; with an older driver, take v0.30.0-cu129",
    ),
    "an older CUDA than there is an image for": (
        {"vllm": "0.33.0", "values": {"build.base": f"{STOCK}:v0.33.0-cu129{DIGEST}"}, "env": V1},
        "build.base",
        "expected v0.33.0 without its ending: 0.32 was the last one published for an older CUDA",
    ),
    "an old driver and a vLLM without an older CUDA": (
        {"vllm": "0.33.0", "values": {"gpu.driver": 575, "build.base": f"{STOCK}:v0.33.0{DIGEST}"}, "env": V1},
        "gpu.driver",
        "with an older driver, take v0.30.0-cu129",
    ),
}
GOOD: dict[str, dict[str, Any]] = {
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
    "an old GPU with half, and an image that has kernels for it": {
        "values": {"gpu.capability": "7.5", "arch": "amd64"},
        "flags": {"dtype": "half"},
    },
    "a GPU of a generation that has kernels": {"values": {"gpu.capability": "8.6"}},
    "an old GPU whose kernels are compiled": {
        "values": {"gpu.capability": "7.5", "build.profile": "source"},
        "flags": {"dtype": "half"},
    },
    "little memory beside a cache of a fixed size": {"flags": {"kv-cache-memory-bytes": "4G"}, "memory_gib": 14},
    "an old driver with an older CUDA": {
        "values": {"gpu.driver": 575, "build.base": f"{STOCK}:v0.30.0-cu129{DIGEST}"},
    },
    "an old driver that vLLM is to bridge": {
        "values": {"gpu.driver": 575},
        "env": {"VLLM_ENABLE_CUDA_COMPATIBILITY": "1"},
    },
}


@pytest.mark.parametrize(("changes", "key", "why"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_built_or_served_is_refused_with_the_reason(changes: dict[str, Any], key: str, why: str) -> None:
    found = refused(**changes)
    assert any(line.startswith(f"{key}: ") and why in line for line in found), found
    assert all(line.startswith(key) for line in found), found


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD.keys())
def test_what_can_is_accepted(changes: dict[str, Any]) -> None:
    assert accepted(**changes).engine.model == "deepseek-ocr"
