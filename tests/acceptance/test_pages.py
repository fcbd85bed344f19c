"""Pages reach DeepSeek-OCR cut as it was taught. Looked at where that model is served by vLLM."""

import base64
import json
import struct
from typing import Any

from ocrfleet.asking.tiles import picture_tokens

# The prompt's own words, and the marks around them.
MOST_WORDS = 40


def test_pages_are_cut_as_the_model_was_taught(
    reading: dict[str, Any], page: dict[str, Any], record_property: Any
) -> None:
    told = json.loads(reading["body"])["usage"]["prompt_tokens"]
    picture = picture_tokens(*size_of(page["request"]))
    record_property("tokens", f"{told} prompt tokens, {picture} of them the page's")
    assert picture < told <= picture + MOST_WORDS, f"{told} prompt tokens, where the page alone has {picture}"


def size_of(request: dict[str, Any]) -> tuple[int, int]:
    """The width and height of a request's picture, as the head of a PNG says them."""
    parts = request["messages"][0]["content"]
    url = next(one["image_url"]["url"] for one in parts if "image_url" in one)
    width, height = struct.unpack(">II", base64.b64decode(url.partition(",")[2])[16:24])
    return width, height
