"""Combinations known not to work, each refused with the reason and with what to write instead."""

from collections.abc import Callable, Iterator

from ocrfleet.spec.marks import Path
from ocrfleet.spec.vllm.view import View, text, whole_or

Finding = tuple[Path, str]
Rule = Callable[[View], Iterator[Finding]]

RUNNER = "VLLM_USE_V2_MODEL_RUNNER"
FIRST_V2_DEFAULT = (0, 31, 0)
PROCESSOR = "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"
# A page is 903 picture tokens; with the prompt, 1024 of the context are spoken for.
CONTEXT, MOST_TOKENS = 8192, 7168
HEALTH = {"/health", "/ping"}
MOST_OWN, MOST_SHARED = 0.92, 0.9
GAUGES = {"vllm:num_requests_running", "vllm:num_requests_waiting"}
OCR_2_SINCE = (0, 16, 0)
SPREAD = {"tensor-parallel-size", "pipeline-parallel-size", "data-parallel-size"}
OFFLINE = {"HF_HUB_OFFLINE"}


def _runner(view: View) -> Iterator[Finding]:
    if view.version >= FIRST_V2_DEFAULT and view.env.get(RUNNER) != "0":
        why = "vLLM 0.31 and newer end at start with the model's n-gram processor on their new model runner"
        yield ("engine", "env", RUNNER), f'expected "0": {why}'


def _processor(view: View) -> Iterator[Finding]:
    path, value = ("engine", "flags", "logits-processors"), view.flags.get("logits-processors")
    named = value if isinstance(value, list) else [value]
    if PROCESSOR not in named:
        yield path, f"expected {PROCESSOR}: without it the n-gram arguments do nothing and pages end in loops"


def _media(view: View) -> Iterator[Finding]:
    path, value = ("engine", "flags", "allowed-media-domains"), view.flags.get("allowed-media-domains")
    if not value or value == [""]:
        yield (
            path,
            "expected a domain that does not exist, like none.invalid: else a page makes the engine fetch any URL",
        )


def _tokens(view: View) -> Iterator[Finding]:
    if whole_or(view.part("gate").get("max_tokens"), 0) > MOST_TOKENS:
        why = f"picture and prompt need the rest of {CONTEXT}, and vLLM up to 0.31 refuses every page otherwise"
        yield ("gate", "max_tokens"), f"expected at most {MOST_TOKENS}: {why}"


def _context(view: View) -> Iterator[Finding]:
    if view.flags.get("max-model-len", CONTEXT) != CONTEXT:
        why = "the model knows no more, and less cuts dense pages off"
        yield ("engine", "flags", "max-model-len"), f"expected {CONTEXT}: {why}"


def _health(view: View) -> Iterator[Finding]:
    if view.part("gate").get("health_path", "/health") not in HEALTH:
        yield ("gate", "health_path"), "expected /health: it is not below the paths of the API"


def _memory(view: View) -> Iterator[Finding]:
    path = ("engine", "flags", "gpu-memory-utilization")
    by_bytes = "kv-cache-memory-bytes" in view.flags
    if view.is_shared and view.utilisation >= MOST_SHARED and not by_bytes:
        why = "the GPU's memory is the machine's: vLLM compares with what is free and the kernel needs some"
        yield path, f"expected less than {MOST_SHARED}, like 0.3 (vLLM's own default is 0.92): {why}"
    elif view.utilisation > MOST_OWN:
        yield path, f"expected at most {MOST_OWN}: what is captured at start needs memory beside it"
    elif view.utilisation <= 0:
        yield path, f"expected more than 0, like {0.3 if view.is_shared else 0.85}: a share of the GPU's memory"


def _one_gpu(view: View) -> Iterator[Finding]:
    for name in SPREAD & view.flags.keys():
        if whole_or(view.flags[name], 1) != 1:
            yield ("engine", "flags", name), "expected 1, or no such key: an engine gets one GPU"


def _local_files(view: View) -> Iterator[Finding]:
    if view.flags.get("allowed-local-media-path"):
        why = "whoever sends a page could read what is in that folder"
        yield ("engine", "flags", "allowed-local-media-path"), f"expected no such key: {why}"


def _offline(view: View) -> Iterator[Finding]:
    for name in OFFLINE & view.env.keys():
        why = "it is 1 for every engine: its weights are on the host, and its network has no way out"
        yield ("engine", "env", name), f"expected no such key: {why}"


def _pixels(view: View) -> Iterator[Finding]:
    for name in view.flags:
        if str(name).startswith("mm-processor-kwargs"):
            why = "vLLM's own processor has one way to cut pages and ends at start when told another"
            yield ("engine", "flags", str(name)), f"expected no such key: {why}"


def _remote_code(view: View) -> Iterator[Finding]:
    if view.flags.get("trust-remote-code"):
        why = "vLLM has this model's code itself, and the repository's would run as it is there"
        yield ("engine", "flags", "trust-remote-code"), f"expected no such key: {why}"


def _gauges(view: View) -> Iterator[Finding]:
    named = view.part("engine").get("in_flight_metrics")
    for index, name in enumerate(named if isinstance(named, list) else ()):
        if text(name) and name not in GAUGES:
            yield ("engine", "in_flight_metrics", index), f"expected one of vLLM's gauges: {', '.join(sorted(GAUGES))}"


def _gate_prompt(view: View) -> Iterator[Finding]:
    if "prompt" in view.part("gate"):
        yield (
            ("gate", "prompt"),
            "expected no such key: the model knows its own prompts only, and the gate uses `Free OCR.`",
        )


def _family(view: View) -> Iterator[Finding]:
    if not view.part("model"):
        yield ("model",), "expected, but it is missing: repo and revision are what vLLM serves"
    elif view.part("model").get("family") == "deepseek-ocr-2" and view.version < OCR_2_SINCE:
        yield ("engine", "vllm"), "expected 0.16.0 or newer: it is the first with DeepSeek-OCR-2"


RULES: tuple[Rule, ...] = (
    _runner,
    _processor,
    _media,
    _tokens,
    _context,
    _health,
    _memory,
    _one_gpu,
    _local_files,
    _offline,
    _pixels,
    _remote_code,
    _gauges,
    _gate_prompt,
    _family,
)
