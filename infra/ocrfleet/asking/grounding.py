"""The places in a model's answer: `<|ref|>label<|/ref|><|det|>[[x1,y1,x2,y2]]<|/det|>`. Never evaluated as code."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PLACE = re.compile(r"<\|ref\|>(.*?)<\|/ref\|><\|det\|>(.*?)<\|/det\|>[ \t]*\n?", re.DOTALL)
# An answer that was cut may end within a place.
CUT = re.compile(r"<\|(?:ref|det)\|>(?:(?!<\|/det\|>).)*\Z", re.DOTALL)
SCALE, CORNERS = 999, 4
MOST_BOXES, MOST_CHARACTERS = 100, 10_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """Something the model found: what it is, where on the page (0 to 1), and where in the answer it says so."""

    label: str
    boxes: tuple[Box, ...]
    span: tuple[int, int]


def places(text: str) -> Iterator[Place]:
    """Give every place of an answer, in order."""
    for found in PLACE.finditer(text):
        yield Place(found[1].strip(), tuple(_boxes(found[2])), found.span())


def without_cut(text: str) -> str:
    """The answer without a place that was begun and not finished."""
    return CUT.sub("", text)


def _boxes(text: str) -> Iterator[Box]:
    """The boxes that are boxes: the model wrote this text, so anything may stand there."""
    try:
        found = json.loads(text) if len(text) <= MOST_CHARACTERS else []
    except (ValueError, RecursionError):
        return
    for corners in found[:MOST_BOXES] if isinstance(found, list) else ():
        box = _box(corners)
        if box:
            yield box


def _box(corners: Any) -> Box | None:
    if not isinstance(corners, list) or len(corners) != CORNERS or not all(map(_is_number, corners)):
        return None
    left, top, right, bottom = (min(max(one, 0), SCALE) / SCALE for one in corners)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
