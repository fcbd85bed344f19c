"""Turns a document into one picture a page. No engine accepts a PDF, and of a TIFF they read the first page only."""

import io
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageSequence

from ocrfleet.errors import Refused

# Between 144 and 200 DPI models see every stroke of A4; more only costs bytes.
DPI, POINTS_PER_INCH = 200, 72
PDF, HEADER = b"%PDF-", 1024
# A camera's JPEG with a preview inside is an MPO to Pillow and a JPEG to everybody else.
AS_THEY_ARE = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg"}
# What Pillow raises for files that are not whole, and for those that would fill the memory.
WRONG = (SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error)
BROKEN = (OSError, EOFError, Image.DecompressionBombError, *WRONG)
KINDS = "name a PDF, PNG, JPEG or TIFF file that opens elsewhere"


@dataclass(frozen=True)
class Pixels:
    """How many pixels a picture may have.

    drawn: what a page is drawn or made smaller with; a poster gets fewer dots, not more memory.
    sendable: what an engine takes; a picture that has more is sent smaller.
    largest: a file of some kilobytes can promise more than the memory holds; A2 at 600 DPI is the largest scan taken.
    """

    drawn: int = 20_000_000
    sendable: int = 40_000_000
    largest: int = 140_000_000


PIXELS = Pixels()


@dataclass(frozen=True)
class Picture:
    """One page as PNG or JPEG bytes."""

    page: int
    content: bytes
    media_type: str


def pictures(path: Path, pixels: Pixels = PIXELS) -> Iterator[Picture]:
    """Give every page of a PDF, PNG, JPEG or TIFF file, from page 1; raise Refused for anything else."""
    content = _bytes(path)
    with _opening(path):
        yield from _pdf(content, pixels) if PDF in content[:HEADER] else _image(path, content, pixels)


def pages_in(path: Path) -> int:
    """How many pictures `pictures` will give, without drawing any."""
    content = _bytes(path)
    with _opening(path):
        if PDF in content[:HEADER]:
            with pypdfium2.PdfDocument(content) as document:
                return len(document)
        with Image.open(io.BytesIO(content)) as image:
            return getattr(image, "n_frames", 1) if image.format == "TIFF" else 1


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror}", fix=KINDS) from None


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except pypdfium2.PdfiumError as error:
        raise Refused(f"{path} is not a PDF that can be opened: {error}", fix=KINDS) from None
    except BROKEN:
        raise Refused(f"{path} is not a picture that can be opened", fix=KINDS) from None


def _pdf(content: bytes, pixels: Pixels) -> Iterator[Picture]:
    with pypdfium2.PdfDocument(content) as document:
        for number, page in enumerate(document, 1):
            drawn = page.render(scale=_scale(page, pixels.drawn)).to_pil()
            yield Picture(number, _png(drawn), "image/png")


def _scale(page: Any, most: int) -> float:
    width, height = page.get_size()
    return min(DPI / POINTS_PER_INCH, math.sqrt(most / max(width * height, 1)))


def _image(path: Path, content: bytes, pixels: Pixels) -> Iterator[Picture]:
    with Image.open(io.BytesIO(content)) as image:
        if image.format in AS_THEY_ARE:
            fits = _sized(path, image, pixels.largest).width * image.height <= pixels.sendable
            yield Picture(1, content if fits else _smaller(image, pixels.drawn), AS_THEY_ARE[image.format])
        elif image.format == "TIFF":
            for number, frame in enumerate(ImageSequence.Iterator(image), 1):
                smaller = _shrunk(_sized(path, frame, pixels.largest), pixels.drawn)
                yield Picture(number, _png(smaller), "image/png")
        else:
            raise Refused(f"{path} is a {image.format}", fix=KINDS)


def _sized(path: Path, image: Image.Image, largest: int) -> Image.Image:
    if image.width * image.height > largest:
        size = f"{image.width} x {image.height} pixels"
        raise Refused(f"{path} has {size}, more than {largest:,}", fix="scan it at 300 DPI, or cut it into pages")
    return image


def _smaller(image: Image.Image, most: int) -> bytes:
    """A picture of the same kind with fewer pixels, which still says which side is up."""
    kind = "PNG" if image.format == "PNG" else "JPEG"
    out = io.BytesIO()
    _shrunk(image, most).save(out, kind, quality=90, exif=image.info.get("exif", b""))
    return out.getvalue()


def _shrunk(image: Image.Image, most: int) -> Image.Image:
    """The picture on white, gray or in colour, with so many pixels at most."""
    gray = "L" if image.mode in {"1", "L"} else "RGB"
    whole = image.convert("RGBA" if image.has_transparency_data else gray)
    share = math.sqrt(most / (image.width * image.height))
    if share < 1:
        size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
        whole = whole.resize(size, reducing_gap=2.0)
    if whole.mode == "RGBA":
        return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")
    return whole


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
