"""Whatever a camera or a scanner made reaches the engine as black on white, the right way up."""

import io

import pytest
from PIL import Image, ImageChops, ImageStat
from PIL.ExifTags import Base

from server.pictures import clean_png
from tests.loopback.server.fakes import draw, encoded

WORD = draw("Hi", size=(120, 80))


def cleaned(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(clean_png(content)), formats=["PNG"])


def looks_like(one: Image.Image, other: Image.Image) -> bool:
    """Same size, and on average within five of 255 grays."""
    if one.size != other.size:
        return False
    return ImageStat.Stat(ImageChops.difference(one.convert("L"), other.convert("L"))).mean[0] < 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_is_black_on_white(mode: str) -> None:
    assert looks_like(cleaned(encoded(WORD.convert(mode))), WORD)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_kind_of_jpeg_is_black_on_white(mode: str) -> None:
    assert looks_like(cleaned(encoded(WORD.convert(mode), "JPEG", quality=95)), WORD)


def test_a_picture_with_16_bits_of_gray_keeps_its_contrast() -> None:
    grays = Image.linear_gradient("L")
    deep = Image.frombytes("I;16", grays.size, bytes(byte for gray in grays.tobytes() for byte in (gray, gray)))
    assert looks_like(cleaned(encoded(deep)), grays)


def test_black_text_on_nothing_is_black_on_white() -> None:
    clear = draw("Hi", mode="RGBA", size=WORD.size, paper=(0, 0, 0, 0))
    assert looks_like(cleaned(encoded(clear)), WORD)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_the_way_its_camera_says(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    turned = WORD
    for inverse in INVERSE[orientation]:
        turned = turned.transpose(inverse)
    assert looks_like(cleaned(encoded(turned, kind, exif=exif)), WORD)


FLIP, TURN = Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90  # mirror, and a quarter turn to the left
INVERSE = {
    1: (),
    2: (FLIP,),
    3: (TURN, TURN),
    4: (TURN, TURN, FLIP),
    5: (FLIP, TURN),
    6: (TURN,),
    7: (TURN, FLIP),
    8: (TURN, TURN, TURN),
}


def test_gray_stays_gray_and_color_stays_color() -> None:
    assert cleaned(encoded(WORD)).mode == "L"
    assert cleaned(encoded(draw(mode="RGB", paper="red"), "JPEG")).mode == "RGB"


def test_nothing_but_pixels_is_passed_on() -> None:
    exif = Image.Exif()
    exif[Base.Artist] = "somebody"
    content = encoded(WORD, "JPEG", exif=exif, dpi=(72, 72), icc_profile=b"profile", comment=b"private")
    assert cleaned(content).info == {}
