"""The engine's start: it looks for its model, takes its memory and its time, and says so as vLLM does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.standin import VERSION, weights
from lab.standin.device import Device
from lab.standin.logs import log

PROCESSOR = "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"
CONTEXT = 8192
# What the model takes: its weights, as they are or in fp8; what is captured at start; one token's share of the cache.
WEIGHTS_GIB, FP8_GIB, CAPTURED_GIB, TOKEN_GIB = 6.23, 3.9, 3.0, 60 / (1 << 20)
LOAD_SECONDS, COMPILE_SECONDS = 1.5, 1.5
# Every place that vLLM and what is below it write to, by the variable that moves it.
CACHES = (
    "CUDA_CACHE_PATH",
    "FLASHINFER_WORKSPACE_BASE",
    "HF_HOME",
    "NUMBA_CACHE_DIR",
    "TORCHINDUCTOR_CACHE_DIR",
    "TRITON_CACHE_DIR",
    "VLLM_CACHE_ROOT",
    "VLLM_CONFIG_ROOT",
)
Args = Mapping[str, Any]


@dataclass(frozen=True)
class Engine:
    """A model that is loaded: the names it is served under, what it can take, and how it reads."""

    names: tuple[str, ...]
    root: str
    context: int
    seats: int
    images: int
    domains: tuple[str, ...]
    guards_loops: bool
    reads: Callable[[str], str]

    @classmethod
    def load(cls, args: Args, device: Device, *, sleep: Callable[[float], None], env: Mapping[str, str]) -> "Engine":
        """Start; raises what vLLM raises: ValueError, RuntimeError, OSError."""
        folder = Path(args["model_tag"])
        log("INFO", "api_utils.py:286", f"non-default args: { {k: v for k, v in args.items() if v is not None} }")
        log("INFO", "model.py:692", f"Resolved architecture: {weights.architecture(folder)}")
        log("INFO", "model.py:2030", f"Using max model len {args['max-model-len'] or CONTEXT}")
        _core("core.py:124", f"Initializing a V1 LLM engine (v{VERSION}) with config: model={args['model_tag']!r}")
        wanted = _claim(args, device)
        reads = _load_weights(args, folder, sleep)
        tokens = _cache_tokens(args, wanted)
        device.take(wanted)
        _compile(env, sleep)
        context = args["max-model-len"] or CONTEXT
        times = f"Maximum concurrency for {context:,} tokens per request: {tokens / context:.2f}x"
        _core("kv_cache_utils.py:2396", f"GPU KV cache size: {tokens:,} tokens, {times}")
        return cls(
            names=tuple(args["served-model-name"] or (args["model_tag"],)),
            root=args["model_tag"],
            context=context,
            seats=args["max-num-seqs"] or 256,
            images=(args.get("limit-mm-per-prompt") or {}).get("image", 999),
            domains=tuple(args["allowed-media-domains"] or ()),
            guards_loops=PROCESSOR in (args["logits-processors"] or ()),
            reads=reads,
        )


def _core(where: str, message: str) -> None:
    log("INFO", where, message, core=True)


def _claim(args: Args, device: Device) -> float:
    """The memory it will hold; refused where less is free."""
    share = args["gpu-memory-utilization"] or 0.92
    wanted = round(device.total_gib * share, 2)
    if device.free_gib < wanted:
        raise ValueError(
            f"Free memory on device cuda:0 ({device.free_gib:.2f}/{device.total_gib:.2f} GiB) on startup is less than "
            f"desired GPU memory utilization ({share}, {wanted:.2f} GiB). Decrease GPU memory utilization or reduce "
            "GPU memory used by other processes."
        )
    return wanted


def _load_weights(args: Args, folder: Path, sleep: Callable[[float], None]) -> Callable[[str], str]:
    _core("gpu_model_runner.py:5317", f"Starting to load model {folder}...")
    _core("cuda.py:538", "Using FLASH_ATTN attention backend out of potential backends: ['FLASH_ATTN', 'FLASHINFER'].")
    reads = weights.reading(folder)
    sleep(LOAD_SECONDS)
    _core("default_loader.py:430", f"Loading weights took {LOAD_SECONDS:.2f} seconds")
    _core(
        "gpu_model_runner.py:5416", f"Model loading took {_model_gib(args)} GiB memory and {LOAD_SECONDS:.6f} seconds"
    )
    return reads


def _model_gib(args: Args) -> float:
    return FP8_GIB if args["quantization"] == "fp8" else WEIGHTS_GIB


def _cache_tokens(args: Args, wanted: float) -> int:
    """How many tokens the rest of the memory holds; refused where that is none."""
    left = round(wanted - _model_gib(args) - CAPTURED_GIB, 2)
    _core("gpu_worker.py:640", f"Available KV cache memory: {left} GiB")
    if left <= 0:
        raise ValueError(
            "No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the "
            "engine"
        )
    return int(left / TOKEN_GIB)


def _compile(env: Mapping[str, str], sleep: Callable[[float], None]) -> None:
    """Write to every cache; where an earlier start left what it compiled, there is less to do."""
    made = [Path(env[name]) / "lab-compiled" for name in CACHES if name in env]
    begun = all(path.exists() for path in made)
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(VERSION, encoding="utf-8")
    took = 0.0 if begun and made else COMPILE_SECONDS
    sleep(took)
    _core("core.py:380", f"init engine (profile, create kv cache, warmup model) took {took:.2f} s")
