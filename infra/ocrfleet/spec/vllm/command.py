"""Refuses flags and variables that the pinned version does not take as they are written."""

from collections.abc import Iterator, Mapping
from typing import Any

from ocrfleet.errors import Problem
from ocrfleet.spec.marks import Marks
from ocrfleet.spec.vllm.table import Flag, number, table
from ocrfleet.spec.vllm.values import misfit

FIRST = "0.11.1"
OLD = (
    "expected {first} or newer: before it, vLLM's server has no DeepSeek-OCR, and 0.8.5 with its V0 engine has no HTTP "
    "server for it at all; 0.30.0 serves it as it is"
)
# What a host file says elsewhere, once.
OURS = {
    "model": "model.repo",
    "revision": "model.revision",
    "code-revision": "model.revision",
    "tokenizer": "model.repo",
    "tokenizer-revision": "model.revision",
    "download-dir": "model.repo",
    "served-model-name": "engine.model",
    "quantization": "build.profile: quantised, and model.quantisation",
    "host": "nothing: the engine is reached through the proxy only",
    "port": "engine.port",
    "uds": "engine.port",
    "config": "engine.flags: a file inside the image is seen by nobody",
}


def version_problem(engine: Mapping[Any, Any], marks: Marks) -> Problem | None:
    """Say what is wrong with the pinned version itself."""
    version, known = engine.get("vllm"), table().versions
    if version in known or not isinstance(version, str):
        return None
    path = ("engine", "vllm")
    try:
        is_old = number(version) < number(FIRST)
    except ValueError:
        return marks.problem(path, "expected a release of vLLM, like 0.30.0")
    if is_old:
        return marks.problem(path, OLD.format(first=FIRST))
    near = ", ".join(sorted(known, key=number)[-5:])
    return marks.problem(
        path, f"expected a version whose flags are known: {near} …; scripts/make_flags.py reads others"
    )


def command_problems(engine: Mapping[Any, Any], marks: Marks) -> Iterator[Problem]:
    """Name every flag and every variable of vLLM's own that this version does not take."""
    version = engine["vllm"]
    flags = table().flags(version)
    for name, value in _items(engine, "flags"):
        said = _flag(name, value, flags.get(name.partition(".")[0]), version)
        if said:
            yield marks.problem(("engine", "flags", name), said)
    variables = table().variables(version)
    for name, _ in _items(engine, "env"):
        if name.startswith("VLLM_") and name not in variables:
            yield marks.problem(("engine", "env", name), f"expected no such key: {table().near('env', name, version)}")


def _flag(name: str, value: Any, flag: Flag | None, version: str) -> str | None:
    base = name.partition(".")[0]
    if base in OURS:
        return f"expected {OURS[base]}; the flag is written from that"
    return misfit(name, flag, value) if flag else f"expected no such key: {table().near('flags', base, version)}"


def _items(engine: Mapping[Any, Any], part: str) -> Iterator[tuple[str, Any]]:
    found = engine.get(part)
    yield from ((str(name), value) for name, value in found.items()) if isinstance(found, dict) else ()
