"""The prompts and arguments a family of models was made with. Others work worse, so no others are sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ocrfleet.errors import Refused
from ocrfleet.spec import HostSpec

Task = Literal["markdown", "text", "ocr", "figure", "describe"]

# vLLM puts the picture in front. <td> and </td> repeat in every table, so n-grams with them are no loops.
CELLS = (128821, 128822)
FIRST: Mapping[Task, str] = {
    "markdown": "<|grounding|>Convert the document to markdown.",
    "text": "Free OCR.",
    "ocr": "<|grounding|>OCR this image.",
    "figure": "Parse the figure.",
    "describe": "Describe this image in detail.",
}
SECOND: Mapping[Task, str] = {task: FIRST[task] for task in ("markdown", "text")}
PROMPTS = {"deepseek-ocr": FIRST, "deepseek-ocr-2": SECOND}
# The official scripts' own arguments: for one picture, for PDF pages, and the widest window.
SIZES = ((30, 90), (20, 50), (20, 256))


@dataclass(frozen=True)
class Rung:
    """One way to ask for a page: the prompt, and which repetition ends the answer; none for other engines."""

    prompt: str
    ngram: int | None = None
    window: int | None = None


def ladder(host: HostSpec, task: Task) -> tuple[Rung, ...]:
    """Every way to ask, in order: when an answer is a loop, the next; after the last, plain text instead of layout."""
    if host.model is None or host.engine.vllm is None:
        return (Rung(host.gate.prompt),)
    prompts = PROMPTS[host.model.family]
    if task not in prompts:
        known = ", ".join(prompts)
        raise Refused(f"{host.model.family} has no prompt for {task}", fix=f"choose one of its tasks: {known}")
    asked = tuple(Rung(prompts[task], ngram, window) for ngram, window in SIZES)
    return asked if task == "text" else (*asked, Rung(prompts["text"], *SIZES[1]))
