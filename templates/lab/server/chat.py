"""OpenAI's chat completion, as far as OCR needs it: what was asked, and the answer around a text."""

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from server import dataurl
from server.errors import BadRequest, UnknownModel

WORD = re.compile(r"\S+")


class Lenient(BaseModel):
    """Keys that mean something to other engines are accepted and have no effect."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ImageUrl(Lenient):
    """Where a picture is; only a data URL will do."""

    url: str


class Part(Lenient):
    """A text or a picture."""

    type: Literal["text", "image_url"]
    text: str | None = None
    image_url: ImageUrl | None = None

    @model_validator(mode="after")
    def _holds_what_its_type_says(self) -> Self:
        if getattr(self, self.type) is None:
            raise ValueError(f"a part of this type needs the key {self.type}")
        return self


def _as_parts(content: Any) -> Any:
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class Message(Lenient):
    """One turn of the conversation; a plain string is a single text part."""

    role: str
    content: Annotated[Sequence[Part], BeforeValidator(_as_parts)] = ()


class ChatRequest(Lenient):
    """The keys of the body that have an effect here."""

    model: str
    messages: Sequence[Message]
    stream: bool | None = None
    max_tokens: int | None = Field(
        default=None, ge=1, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )


@dataclass(frozen=True)
class Asked:
    """One page to read, and how to answer."""

    picture: bytes
    prompt_tokens: int
    max_tokens: int | None


def parse(body: bytes, *, served: str) -> Asked:
    """What the body asks for; anything but one picture for the served model is refused."""
    try:
        request = ChatRequest.model_validate_json(body)
    except ValidationError as problem:
        raise _refusal(problem) from None
    if request.model != served:
        raise UnknownModel(request.model, served=served)
    if request.stream:
        raise BadRequest("Streaming is not supported; leave out stream.", param="stream")
    parts = [part for message in request.messages for part in message.content]
    picture = dataurl.decode(_one_url(parts))
    return Asked(picture, sum(len(WORD.findall(part.text or "")) for part in parts), request.max_tokens)


def _refusal(problem: ValidationError) -> BadRequest:
    first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return BadRequest("The body is not JSON.")
    key = ".".join(str(step) for step in first["loc"])
    return BadRequest(f"{key or 'body'}: {first['msg']}", param=key or None)


def _one_url(parts: Sequence[Part]) -> str:
    urls = [part.image_url.url for part in parts if part.type == "image_url" and part.image_url]
    if len(urls) != 1:
        raise BadRequest(f"Send exactly one image_url part; there are {len(urls)}.", param="messages")
    return urls[0]


def completion(asked: Asked, text: str, *, model: str) -> dict[str, Any]:
    """The answer; a text longer than asked for is cut after its last allowed word."""
    ends = [word.end() for word in WORD.finditer(text)]
    tokens = min(len(ends), asked.max_tokens or len(ends))
    whole = tokens == len(ends)
    message = {"role": "assistant", "content": text if whole else text[: ends[tokens - 1]]}
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop" if whole else "length"}],
        "usage": {
            "prompt_tokens": asked.prompt_tokens,
            "completion_tokens": tokens,
            "total_tokens": asked.prompt_tokens + tokens,
        },
    }
