"""Bytes from a stranger become one clean upright PNG, or a refusal. It blocks: run it in a thread."""

import io
import struct

from PIL import Image
from PIL.ExifTags import Base
from PIL.Image import Transpose

from server.errors import BadRequest

MOST_PIXELS = 40_000_000  # A4 at 600 dots per inch has 35 million
LONGEST_SIDE = 32_767  # Tesseract refuses anything longer
GRAY = {"1", "L"}
# What Pillow raises over damaged files.
DAMAGED = (OSError, SyntaxError, ValueError, LookupError, EOFError, AssertionError, struct.error)
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}

# Pillow warns above one limit of its own and raises above another. Ours is one, and it is checked before any pixel.
Image.MAX_IMAGE_PIXELS = None


def clean_png(content: bytes) -> bytes:
    """The picture as PNG: decoded in full, turned the right way up, gray or RGB, on white, without metadata."""
    try:
        _verify(content)
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            return _as_png(_flat(_upright(picture)))
    except DAMAGED as error:
        raise BadRequest("The picture is not a whole PNG or JPEG.") from error


def _verify(content: bytes) -> None:
    # verify() leaves the picture unusable, so it gets its own.
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
        _check_size(*picture.size)
        picture.verify()


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise BadRequest(
            f"The picture has {width} x {height} pixels; "
            f"at most {MOST_PIXELS} in all and {LONGEST_SIDE} on a side are accepted."
        )


def _upright(picture: Image.Image) -> Image.Image:
    # ImageOps.exif_transpose() also writes the EXIF data anew, and fails over values that do not matter here.
    turn = TURNS.get(picture.getexif().get(Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode == "I;16":
        # convert() clips 16 bits to 8, which leaves a white page; these are the upper 8 bits.
        return picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        # Without this, black text on nothing becomes black text on black.
        clear = picture.convert("RGBA")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear)
        return white
    return picture.convert("L" if picture.mode in GRAY else "RGB")


def _as_png(picture: Image.Image) -> bytes:
    picture.info.clear()
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=1)
    return png.getvalue()
