"""What each version of vLLM takes on its command line, and what is known not to work with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from ocrfleet.errors import Problem
from ocrfleet.spec.marks import Marks
from ocrfleet.spec.vllm.command import command_problems, version_problem
from ocrfleet.spec.vllm.gpus import gpu_findings
from ocrfleet.spec.vllm.images import image_findings
from ocrfleet.spec.vllm.rules import RULES
from ocrfleet.spec.vllm.view import View

__all__ = ["vllm_problems"]


def vllm_problems(data: Mapping[Any, Any], marks: Marks) -> Iterator[Problem]:
    """Name everything about vLLM that would fail on the host, where a host file pins a version of it."""
    engine = data.get("engine")
    if not isinstance(engine, dict) or "vllm" not in engine:
        return
    problem = version_problem(engine, marks)
    if problem:
        yield problem
        return
    if not isinstance(engine["vllm"], str):
        return
    yield from command_problems(engine, marks)
    view = View(data)
    for find in (*RULES, image_findings, gpu_findings):
        yield from (marks.problem(path, said) for path, said in find(view))
