"""One chat completion as vLLM takes it: what is asked, and everything it refuses."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from pydantic import Field, ValidationError

from lab.standin.engine import Engine
from lab.standin.errors import Missing
from lab.standin.tokens import picture_tokens
from server import dataurl
from server.chat import Lenient, Message, Part
from server.errors import BadRequest

# About what this model's tokenizer makes of plain text.
TOKEN = re.compile(r"<\|[^|]*\|>|\w+|[^\w\s]")
PICTURE = "<image>\n"


class Body(Lenient):
    """The keys that have an effect; vLLM ignores those it does not know."""

    messages: Sequence[Message]
    model: str | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    skip_special_tokens: bool = True
    vllm_xargs: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One page, how it is asked for, and how long the answer may be."""

    model: str
    picture: bytes | None
    prompt: str
    prompt_tokens: int
    most: int
    shows_tags: bool
    ngram: int | None


def parse(body: bytes, engine: Engine) -> Asked:
    """What the body asks for, or a refusal in vLLM's words."""
    try:
        request = Body.model_validate_json(body)
    except ValidationError as problem:
        raise BadRequest(f"{problem.error_count()} validation error: {problem.errors()[0]['msg']}") from None
    if request.model and request.model not in engine.names:
        raise Missing(f"The model `{request.model}` does not exist.", param="model")
    parts = [part for message in request.messages for part in message.content]
    prompt = PICTURE + " ".join(part.text for part in parts if part.text)
    picture = _picture(parts, engine)
    tokens = 1 + len(TOKEN.findall(prompt.removeprefix(PICTURE))) + (_cost(picture) if picture else 0)
    return Asked(
        model=request.model or engine.names[0],
        picture=picture,
        prompt=prompt,
        prompt_tokens=tokens,
        most=_most(request.max_tokens, tokens, engine.context),
        shows_tags=not request.skip_special_tokens,
        ngram=_ngram(request.vllm_xargs) if engine.guards_loops else None,
    )


def _picture(parts: Sequence[Part], engine: Engine) -> bytes | None:
    urls = [part.image_url.url for part in parts if part.image_url]
    if len(urls) > engine.images:
        raise BadRequest(f"At most {engine.images} image(s) may be provided in one prompt.")
    if not urls:
        return None
    where = urlsplit(urls[0][:500])
    if where.scheme in {"http", "https"} and where.hostname not in engine.domains:
        told = f"{list(engine.domains)}. Input URL domain: {where.hostname}"
        raise BadRequest(f"The URL must be from one of the allowed domains: {told}")
    return dataurl.decode(urls[0])


def _cost(picture: bytes) -> int:
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            return picture_tokens(*opened.size)
    except OSError as error:
        raise BadRequest(f"Failed to load image: {error}") from None


def _most(asked: int | None, prompt: int, context: int) -> int:
    most = context - prompt if asked is None else asked
    if prompt + most > context:
        raise BadRequest(
            f"This model's maximum context length is {context} tokens. However, you requested {most} output tokens and "
            f"your prompt contains {prompt} input tokens, for a total of {prompt + most} tokens. Please reduce the "
            "length of the input prompt or the number of requested output tokens.",
            param="input_tokens",
        )
    return most


def _ngram(xargs: dict[str, Any]) -> int | None:
    size, window = xargs.get("ngram_size"), xargs.get("window_size", 100)
    for name, value in (("ngram_size", size), ("window_size", window)):
        if value is not None and (not isinstance(value, int) or value <= 0):
            raise BadRequest(f"`{name}` has to be a strictly positive integer, got {value}.")
    return size
