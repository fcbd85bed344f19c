"""The mistakes of the notes this project started from, by number, and what becomes of each here.

A mistake that can be written into a host file or a template is written there, and must be refused with these words.
One that cannot be written names the test that holds instead; one that is no matter of ours says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DIGEST = "@sha256:" + "0" * 64
STOCK = f"FROM vllm/vllm-openai:v0.30.0{DIGEST}\n"


@dataclass(frozen=True)
class HostFile:
    """It stands in a host file, and is refused there with this key and these words."""

    key: str
    why: str
    values: Mapping[str, Any] = field(default_factory=dict)
    flags: Mapping[str, Any] = field(default_factory=dict)
    engine: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """It stands in a file of a template, and is refused with these words."""

    why: str
    text: str
    file: str = "Dockerfile"


@dataclass(frozen=True)
class Held:
    """It cannot be written down here; this test holds what keeps it so."""

    test: str


@dataclass(frozen=True)
class NotOurs:
    """Nothing of ours says or does anything of the kind."""

    because: str


Defect = HostFile | Template | Held | NotOurs


def base(image: str, why: str) -> HostFile:
    """A base image that is refused."""
    return HostFile("build.base", why, values={"build.base": f"{image}{DIGEST}"})


def run(*words: str) -> str:
    """A Dockerfile that runs a command."""
    return f"{STOCK}RUN [{', '.join(f'{chr(34)}{word}{chr(34)}' for word in words)}]\n"


READER = "tests/unit/reading/test_reader.py"
DOCUMENT = "tests/unit/reading/test_document.py"
REQUEST = "tests/unit/asking/test_request.py"
DEFECTS: Mapping[int, tuple[Defect, ...]] = {
    1: (
        Template("expected no --platform", f"FROM --platform=linux/amd64 vllm/vllm-openai:v0.30.0{DIGEST}\n"),
        base("vllm/vllm-openai:v0.30.0-x86_64", "expected an image for arm64"),
    ),
    2: (
        HostFile("engine.vllm", "expected 0.11.1 or newer", engine={"vllm": "0.11.0"}),
        base("vllm/vllm-openai:nightly", "expected a release's tag"),
    ),
    3: (Held(f"{DOCUMENT}::test_every_page_of_a_pdf_is_drawn_with_two_hundred_dots_an_inch"),),
    4: (Template("pip has no such option", run("pip", "install", "vllm", "--index-strategy", "unsafe-best-match")),),
    5: (HostFile("engine.vllm", "has no DeepSeek-OCR", engine={"vllm": "0.11.0"}),),
    6: (
        Template("expected no weights in an image", run("python3", "-c", "AutoModel.from_pretrained('x')")),
        Template("expected no weights in an image", "hf download deepseek-ai/DeepSeek-OCR\n", "fetch.sh"),
    ),
    7: (Held(f"{REQUEST}::test_a_request_holds_one_picture_no_chance_and_the_guard"),),
    8: (NotOurs("no confidence is invented: a page has its text, how it ended and how often it was asked for"),),
    9: (Held(f"{READER}::test_pages_come_in_order_though_later_ones_are_quicker"),),
    10: (
        HostFile("ssh.password", "expected no password", values={"ssh.password": "hunter2"}),
        Template("expected no secret here", f"{STOCK}ENV SUDO_PASSWORD=hunter2\n"),
    ),
    11: (
        HostFile(
            "edge.hostnames.ocr.example.org.service",
            "expected service, or something on the machine's own loopback",
            values={"edge": {"hostnames": {"ocr.example.org": {"service": "http://192.168.2.110:8000"}}}},
        ),
    ),
    12: (
        Template("expected quotes around a version", "pip install transformers>=4.45.0 \\\n  pillow\n", "packages.sh"),
        Template("expected exec form", f"{STOCK}RUN pip install transformers>=4.45.0\n"),
    ),
    13: (
        base("pytorch/pytorch:2.3.0-cuda12.1-cudnn8-runtime", "pytorch/pytorch has none for arm64"),
        Template("expected no flash-attn", run("pip", "install", "flash-attn")),
    ),
    14: (HostFile("engine.vllm", "expected 0.11.1 or newer", engine={"vllm": "0.6.4"}),),
    15: (
        HostFile("engine.flags.quantization", "expected build.profile: quantised", flags={"quantization": "awq"}),
        HostFile(
            "model.checkpoint",
            "vLLM loads awq weights and makes none",
            values={"build.profile": "quantised", "model.quantisation": "awq"},
        ),
    ),
    16: (
        HostFile(
            "engine.flags.mm-processor-kwargs.max_image_size",
            "one way to cut pages",
            flags={"mm-processor-kwargs.max_image_size": 1024},
        ),
    ),
    17: (NotOurs("no table of memory: what a release takes is measured on its host"),),
    18: (
        Template("expected no comment after an instruction", f'{STOCK}CMD ["/model"] # ... rest\n'),
        Template("expected exec form", f'{STOCK}CMD ["/model", \\\n  "--port=1" # rest\n]\n'),
    ),
    19: (Template("expected no heredoc", f"{STOCK}COPY <<EOF /x\n"),),
    20: (base("nvidia/cuda:12.4.1-devel-ubuntu22.04", "the profile stock starts from it"),),
    21: (base("pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel", "pytorch/pytorch has none for arm64"),),
    22: (NotOurs("no Kubernetes: one service on one host"),),
    23: (HostFile("engine.replicas", "expected no such key", engine={"replicas": 2}),),
    24: (Template("vLLM brings its own", "python3 -m pip install flash_attn==2.7.3\n", "packages.sh"),),
    25: (HostFile("gate.max_tokens", "expected at most 7168", values={"gate.max_tokens": 8192}),),
    26: (NotOurs("no time of loading is claimed: the gate waits until its own deadline, and says how long it took"),),
    27: (
        Template("the entry point is `vllm serve` already", f'{STOCK}CMD ["vllm", "serve", "/model"]\n'),
        HostFile("engine.flags.serve", "has no such name", flags={"serve": "x"}),
    ),
    28: (
        base("vllm/vllm-openai:latest", "expected a release's tag"),
        Template("expected a tag that stays", f"FROM vllm/vllm-openai:latest{DIGEST}\n"),
        Template("expected an image pinned by digest", "FROM vllm/vllm-openai:v0.30.0\n"),
    ),
    29: (
        HostFile(
            "gate.health_path",
            "expected /health",
            values={"gate.health_path": "/v1/chat/completions/health"},
        ),
    ),
    30: (Template("expected no torch of one's own", run("pip", "install", "torch==2.6.0", "--index-url=x/cu121")),),
    31: (HostFile("engine.flags.dtype", "expected half", values={"gpu.capability": "7.5", "arch": "amd64"}),),
    32: (
        HostFile(
            "engine.flags.gpu-memory-utilization",
            "expected at most 0.92",
            values={"gpu.memory": "own"},
            flags={"gpu-memory-utilization": 0.95},
        ),
    ),
    33: (
        Held(f"{READER}::test_a_loop_is_asked_for_otherwise_until_the_answer_is_whole"),
        Held(f"{READER}::test_a_page_that_is_refused_is_named_with_what_was_said"),
    ),
    34: (NotOurs("no prices and no accuracy are claimed that were not measured"),),
    35: (HostFile("gate.prompt", "its own prompts only", values={"gate.prompt": "Extract all text."}),),
    36: (NotOurs("no compose file"),),
    37: (NotOurs("no compose file, and no mount that a host file could name"),),
    38: (
        HostFile("engine.flags.swap-space", "has it no more", flags={"swap-space": 4}),
        HostFile(
            "engine.flags.disable-mm-preprocessor-cache",
            "has it no more",
            flags={"disable-mm-preprocessor-cache": True},
        ),
        HostFile("engine.vllm", "0.8.5 with its V0 engine", engine={"vllm": "0.8.5"}),
    ),
    39: (NotOurs("no figures of another GPU: gpu in the host file is this one's"),),
    40: (HostFile("engine.flags.max-model-len", "less cuts dense pages off", flags={"max-model-len": 4096}),),
    41: (
        base("nvidia/cuda:12.1.1-devel-ubuntu22.04", "the profile stock starts from it"),
        Template("expected no torch of one's own", "pip install torch==2.6.0\n", "packages.sh"),
    ),
}
