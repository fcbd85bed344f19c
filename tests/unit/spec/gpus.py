"""Host files with a pinned vLLM for tests: the lab's, with a GPU and what it runs."""

from copy import deepcopy
from typing import Any

from tests.unit.spec.files import parse, problems, with_values

PROCESSOR = "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"
COMMIT = "9f30c71f441d010e5429c532364a86705536c53a"
ENGINE: dict[str, Any] = {
    "model": "deepseek-ocr",
    "vllm": "0.30.0",
    "flags": {
        "allowed-media-domains": "none.invalid",
        "gpu-memory-utilization": 0.3,
        "logits-processors": PROCESSOR,
        "max-model-len": 8192,
    },
    "env": {},
    "memory_gib": 40,
    "in_flight_metrics": ["vllm:num_requests_running", "vllm:num_requests_waiting"],
}
GPU: dict[str, Any] = {
    "arch": "arm64",
    "build.profile": "stock",
    "build.template": "vllm",
    "build.base": f"vllm/vllm-openai:v0.30.0@sha256:{'0' * 64}",
    "build.source": {"base": f"nvcr.io/nvidia/pytorch:26.05-py3@sha256:{'1' * 64}"},
    "gpu": {"name": "NVIDIA GB10", "capability": "12.1", "memory": "shared", "memory_gib": 121.7},
    "model": {"repo": "deepseek-ai/DeepSeek-OCR", "revision": COMMIT},
    "waivers.any-gpu": "its UUID is not known where this is tested",
}


def gpu_text(values: dict[str, Any] | None = None, *, flags: dict[str, Any] | None = None, **engine: Any) -> str:
    """A host file that is right, but for the changes; a flag of None is left out."""
    kept = {name: value for name, value in {**ENGINE["flags"], **(flags or {})}.items() if value is not None}
    return with_values(deepcopy({**GPU, "engine": {**ENGINE, "flags": kept, **engine}, **(values or {})}))


def refused(*args: Any, **changes: Any) -> list[str]:
    """What is wrong with such a file, a line each, without the place."""
    return [line.partition(": ")[2] for line in problems(gpu_text(*args, **changes))]


def accepted(*args: Any, **changes: Any) -> Any:
    return parse(gpu_text(*args, **changes))
