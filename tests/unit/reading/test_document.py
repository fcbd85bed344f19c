"""A document becomes one picture a page, and whatever is not a document is refused before anything is sent."""

import io
import struct
import tempfile
import warnings
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import Base
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ocrfleet.errors import Refused
from ocrfleet.reading.document import PIXELS, Picture, Pixels, pages_in, pictures
from tests.unit.reading.fakes import image
from tests.unit.spec.files import ROOT

A4 = (595, 842)
WHOLE = {"TIFF": image("TIFF", compression="tiff_lzw"), "PNG": image("PNG"), "JPEG": image("JPEG")}


FEW = Pixels(drawn=20_000, sendable=40_000, largest=140_000)


def read(folder: Path, content: bytes, pixels: Pixels = PIXELS) -> list[Picture]:
    (folder / "document").write_bytes(content)
    return list(pictures(folder / "document", pixels))


def pdf(pages: int = 1, *, size: tuple[float, float] = A4, password: str = "") -> bytes:
    out = io.BytesIO()
    locked = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(out, pagesize=size, encrypt=locked)
    for number in range(pages):
        canvas.drawString(50, 50, f"page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def size_of(page: Picture) -> tuple[int, int]:
    with Image.open(io.BytesIO(page.content)) as opened:
        return opened.size


def test_every_page_of_a_pdf_is_drawn_with_two_hundred_dots_an_inch(tmp_path: Path) -> None:
    pages = read(tmp_path, pdf(3))
    assert [(page.page, page.media_type) for page in pages] == [(n, "image/png") for n in (1, 2, 3)]
    assert {size_of(page) for page in pages} == {(1653, 2339)}
    assert len({page.content for page in pages}) == 3


def test_the_sample_invoice_is_one_page() -> None:
    (page,) = pictures(ROOT / "samples" / "invoice.pdf")
    assert page.content.startswith(b"\x89PNG")


def test_a_pdf_with_something_in_front_of_it_is_a_pdf(tmp_path: Path) -> None:
    assert len(read(tmp_path, b"\xef\xbb\xbf\n" + pdf())) == 1


def test_a_poster_is_drawn_with_fewer_dots_instead_of_all_memory(tmp_path: Path) -> None:
    (page,) = read(tmp_path, pdf(size=(14400, 14400)), FEW)
    width, height = size_of(page)
    assert FEW.drawn * 0.9 < width * height < FEW.drawn * 1.1


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("MPO", "image/jpeg")])
def test_a_picture_is_sent_as_it_is(tmp_path: Path, kind: str, media_type: str) -> None:
    content = image(kind, *([Image.new("RGB", (40, 20))] if kind == "MPO" else []))
    assert read(tmp_path, content) == [Picture(1, content, media_type)]


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK"])
def test_every_page_of_a_tiff_becomes_a_picture(tmp_path: Path, mode: str) -> None:
    pages = read(tmp_path, image("TIFF", Image.new(mode, (30, 30)), Image.new(mode, (50, 50)), mode=mode))
    assert [(page.page, size_of(page)) for page in pages] == [(1, (40, 20)), (2, (30, 30)), (3, (50, 50))]
    assert {page.media_type for page in pages} == {"image/png"}


def test_the_pages_are_counted_without_drawing_them(tmp_path: Path) -> None:
    tiff = image("TIFF", Image.new("RGB", (30, 30)))
    for content, count in ((pdf(3), 3), (tiff, 2), (image("PNG"), 1), (image("GIF"), 1)):
        (tmp_path / "document").write_bytes(content)
        assert pages_in(tmp_path / "document") == count
    with pytest.raises(Refused, match="cannot read"):
        pages_in(tmp_path / "nothing")


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_large_page_of_a_tiff_is_sent_smaller(tmp_path: Path, mode: str) -> None:
    (page,) = read(tmp_path, image("TIFF", mode=mode, size=(600, 500)), Pixels(drawn=20_000))
    width, height = size_of(page)
    assert 20_000 * 0.98 < width * height <= 20_000
    assert width / height == pytest.approx(6 / 5, rel=0.01)


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_picture_larger_than_engines_take_is_sent_smaller_and_as_upright(
    tmp_path: Path, kind: str, media_type: str
) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    (page,) = read(tmp_path, image(kind, mode="L", size=(250, 161), exif=exif), FEW)
    width, height = size_of(page)
    assert (page.media_type, width * height <= FEW.drawn) == (media_type, True)
    with Image.open(io.BytesIO(page.content)) as opened:
        assert opened.getexif()[Base.Orientation] == 6


def test_what_is_clear_in_a_large_picture_becomes_white(tmp_path: Path) -> None:
    (page,) = read(tmp_path, image("PNG", mode="LA", size=(250, 161)), FEW)
    with Image.open(io.BytesIO(page.content)) as opened:
        assert opened.getpixel((5, 5)) == (255, 255, 255)


def refused() -> dict[str, tuple[bytes, str]]:
    tiff = image("TIFF", Image.new("RGB", (300, 300)), size=(300, 300))
    return {
        "a locked PDF": (pdf(password="open sesame"), "is not a PDF that can be opened"),
        "half a PDF": (pdf()[:200], "is not a PDF that can be opened"),
        "a header of a PDF": (b"%PDF-1.7\n", "is not a PDF that can be opened"),
        "half a TIFF": (tiff[: len(tiff) // 2], "is not a picture that can be opened"),
        "text": (b"hello", "is not a picture that can be opened"),
        "nothing": (b"", "is not a picture that can be opened"),
        "a GIF": (image("GIF"), "is a GIF"),
        "a BMP": (image("BMP"), "is a BMP"),
        "a web page": (b"<html></html>", "is not a picture that can be opened"),
    }


@pytest.mark.parametrize("kind", refused())
def test_what_no_engine_can_read_is_refused(tmp_path: Path, kind: str) -> None:
    content, why = refused()[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about half a file before it gives up
        with pytest.raises(Refused) as error:
            read(tmp_path, content)
    assert f"{tmp_path}/document {why}" in error.value.failed
    assert error.value.fix == "name a PDF, PNG, JPEG or TIFF file that opens elsewhere"


@pytest.mark.parametrize("side", [12_000, 30_000])
def test_a_picture_with_too_many_pixels_is_refused_unopened(tmp_path: Path, side: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns, or refuses first, by a limit of its own
        with pytest.raises(Refused, match=f"has {side} x {side}|picture that can be opened"):
            read(tmp_path, promising(side))


def promising(side: int) -> bytes:
    """A small PNG file whose header promises a picture of side x side pixels."""
    small = image("PNG")
    header = b"IHDR" + struct.pack(">II", side, side) + small[24:29]
    return small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]


@settings(max_examples=150)
@given(st.sampled_from(["TIFF", "PNG", "JPEG"]), st.integers(0, 4000), st.binary(min_size=1, max_size=4))
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(kind: str, at: int, damage: bytes) -> None:
    whole = WHOLE[kind]
    broken = whole[: at % len(whole)] + damage + whole[at % len(whole) + len(damage) :]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), suppress(Refused):
        warnings.simplefilter("ignore")
        assert read(Path(folder), broken)


@pytest.mark.parametrize(("name", "why"), [("nothing.pdf", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(Refused, match=f"cannot read .*: {why}"):
        list(pictures(tmp_path / name))
