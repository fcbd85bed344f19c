"""Turns a document into one picture a page. No engine accepts a PDF, and of a TIFF they read the first page only."""

import io
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageSequence

from ocrfleet.errors import Refused

# Between 144 and 200 DPI models see every stroke of A4; more only costs bytes. A poster gets fewer, not more memory.
DPI, POINTS_PER_INCH, MOST_PIXELS = 200, 72, 20_000_000
# A file of some kilobytes can promise more pixels than the memory holds: A2 at 600 DPI is the largest scan taken.
LARGEST = 140_000_000
PDF, HEADER = b"%PDF-", 1024
# A camera's JPEG with a preview inside is an MPO to Pillow and a JPEG to everybody else.
AS_THEY_ARE = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg"}
# What Pillow raises for files that are not whole, and for those that would fill the memory.
WRONG = (SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error)
BROKEN = (OSError, EOFError, Image.DecompressionBombError, *WRONG)
KINDS = "name a PDF, PNG, JPEG or TIFF file that opens elsewhere"


@dataclass(frozen=True)
class Picture:
    """One page as PNG or JPEG bytes."""

    page: int
    content: bytes
    media_type: str


def pictures(path: Path) -> Iterator[Picture]:
    """Give every page of a PDF, PNG, JPEG or TIFF file, from page 1; raise Refused for anything else."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror}", fix=KINDS) from None
    try:
        yield from _pdf(content) if PDF in content[:HEADER] else _image(path, content)
    except pypdfium2.PdfiumError as error:
        raise Refused(f"{path} is not a PDF that can be opened: {error}", fix=KINDS) from None
    except BROKEN:
        raise Refused(f"{path} is not a picture that can be opened", fix=KINDS) from None


def _pdf(content: bytes) -> Iterator[Picture]:
    with pypdfium2.PdfDocument(content) as document:
        for number, page in enumerate(document, 1):
            yield Picture(number, _png(page.render(scale=_scale(page)).to_pil()), "image/png")


def _scale(page: Any) -> float:
    width, height = page.get_size()
    return min(DPI / POINTS_PER_INCH, math.sqrt(MOST_PIXELS / max(width * height, 1)))


def _image(path: Path, content: bytes) -> Iterator[Picture]:
    with Image.open(io.BytesIO(content)) as image:
        if image.format in AS_THEY_ARE:
            _sized(path, image)
            yield Picture(1, content, AS_THEY_ARE[image.format])
        elif image.format == "TIFF":
            for number, frame in enumerate(ImageSequence.Iterator(image), 1):
                yield Picture(number, _png(_sized(path, frame).convert("RGB")), "image/png")
        else:
            raise Refused(f"{path} is a {image.format}", fix=KINDS)


def _sized(path: Path, image: Image.Image) -> Image.Image:
    if image.width * image.height > LARGEST:
        size = f"{image.width} x {image.height} pixels"
        raise Refused(f"{path} has {size}, more than {LARGEST:,}", fix="scan it at 300 DPI, or cut it into pages")
    return image


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
