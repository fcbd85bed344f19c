"""Turns a document into one picture a page. No engine accepts a PDF, and of a TIFF they read the first page only."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image, ImageSequence, UnidentifiedImageError

from ocrfleet.errors import Refused

# Between 144 and 200 DPI models see every stroke of A4; more only costs bytes.
DPI, POINTS_PER_INCH = 200, 72
AS_THEY_ARE = {"PNG": "image/png", "JPEG": "image/jpeg"}


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
        raise Refused(f"cannot read {path}: {error.strerror}", fix="name a PDF, PNG, JPEG or TIFF file") from None
    yield from _pdf(path, content) if content.startswith(b"%PDF") else _image(path, content)


def _pdf(path: Path, content: bytes) -> Iterator[Picture]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refused(
            f"{path} is not a PDF that can be opened: {error}", fix="open and save it elsewhere first"
        ) from None
    with document:
        for number in range(len(document)):
            bitmap = document[number].render(scale=DPI / POINTS_PER_INCH)
            yield Picture(number + 1, _png(bitmap.to_pil()), "image/png")


def _image(path: Path, content: bytes) -> Iterator[Picture]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.format in AS_THEY_ARE:
                yield Picture(1, content, AS_THEY_ARE[image.format])
            elif image.format == "TIFF":
                for number, frame in enumerate(ImageSequence.Iterator(image), 1):
                    yield Picture(number, _png(frame.convert("RGB")), "image/png")
            else:
                raise Refused(f"{path} is a {image.format}", fix="name a PDF, PNG, JPEG or TIFF file")
    except UnidentifiedImageError:
        raise Refused(f"{path} is not a picture", fix="name a PDF, PNG, JPEG or TIFF file") from None


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
