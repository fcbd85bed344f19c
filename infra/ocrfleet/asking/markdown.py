"""Turns a model's answer into Markdown: figures are cut out of the page, tables stay, marks go."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image, ImageOps

from ocrfleet.asking.grounding import Box, places, without_cut

END = "<\uff5cend\u2581of\u2581sentence\uff5c>"
FIGURE = "image"
LATEX = {r"\coloneqq": ":=", r"\eqqcolon": "=:"}
GAP = re.compile(r"\n{3,}")
QUALITY = 90


@dataclass(frozen=True)
class PageMarkdown:
    """A page's text, and its figures as JPEG by the name the text calls them."""

    text: str
    figures: Mapping[str, bytes] = field(default_factory=dict)


def to_markdown(answer: str, *, page: int, picture: bytes) -> PageMarkdown:
    """Return what an answer says; an answer without marks comes back as it is."""
    if END not in answer and "<|" not in answer:
        return PageMarkdown(answer)
    whole = without_cut(answer.replace(END, ""))
    parts, figures, at = [], dict[str, bytes](), 0
    for place in places(whole):
        parts.append(whole[at : place.span[0]])
        at = place.span[1]
        for box in place.boxes if place.label == FIGURE else ():
            name = f"images/p{page}_{len(figures)}.jpg"
            figures[name] = _cut_out(picture, box)
            parts.append(f"![]({name})\n")
    return PageMarkdown(_tidy("".join([*parts, whole[at:]])), figures)


def _tidy(text: str) -> str:
    for mark, plain in LATEX.items():
        text = text.replace(mark, plain)
    return GAP.sub("\n\n", text).strip() + "\n"


def _cut_out(picture: bytes, box: Box) -> bytes:
    """A part of the page, at least one pixel of it."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as file:
        # vLLM turns a photograph the right side up before the model sees it.
        page = ImageOps.exif_transpose(file)
        left, top = int(box[0] * page.width), int(box[1] * page.height)
        right, bottom = max(left + 1, round(box[2] * page.width)), max(top + 1, round(box[3] * page.height))
        page.convert("RGB").crop((left, top, right, bottom)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
