"""What the model says to a page: its text with or without layout, or one phrase for ever where nothing stops it."""

import re
import time
import uuid
from itertools import cycle, islice
from typing import Any

from lab.standin.asked import Asked
from lab.standin.engine import Engine

GROUNDING, WHOLE_PAGE = "<|grounding|>", "[[0, 0, 999, 999]]"
TAG = re.compile(r"<\|/?(?:ref|det)\|>")
PHRASE_WORDS = 6


def say(asked: Asked, engine: Engine, text: str) -> tuple[str, str, int]:
    """The answer, why it ended, and how many tokens it has; a token is a word here."""
    said = engine.reads(text)
    if asked.ngram is None:
        # Without the arguments the processor does nothing, and the model goes on with a phrase of the page.
        words = islice(cycle(said.split()[:PHRASE_WORDS] or ["."]), asked.most)
        return " ".join(words), "length", asked.most
    if GROUNDING in asked.prompt:
        said = f"<|ref|>text<|/ref|><|det|>{WHOLE_PAGE}<|/det|>\n{said}"
    ends = [word.end() for word in re.finditer(r"\S+", said)]
    whole = len(ends) <= asked.most
    said = said if whole else said[: ends[asked.most - 1]]
    return (said if asked.shows_tags else TAG.sub("", said)), "stop" if whole else "length", min(len(ends), asked.most)


def completion(asked: Asked, said: tuple[str, str, int]) -> dict[str, Any]:
    """The answer as vLLM sends it."""
    text, reason, tokens = said
    message: dict[str, Any] = {
        "role": "assistant",
        "content": text,
        "refusal": None,
        "reasoning": None,
        "tool_calls": [],
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason, "stop_reason": None}
    total = asked.prompt_tokens + tokens
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [choice],
        "usage": {"prompt_tokens": asked.prompt_tokens, "total_tokens": total, "completion_tokens": tokens},
    }
