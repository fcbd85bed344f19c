"""Whatever a model writes becomes text: figures are cut out, tables stay, and nothing of it is run."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocrfleet.asking.grounding import places
from ocrfleet.asking.markdown import to_markdown

END = "<\uff5cend\u2581of\u2581sentence\uff5c>"


def page(size: tuple[int, int] = (1000, 500), *, turned: bool = False) -> bytes:
    """A page: left half black, right half white; as a photograph, it lies on its side."""
    image = Image.new("RGB", size, "white")
    image.paste("black", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    if turned:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


def mark(label: str, boxes: str) -> str:
    return f"<|ref|>{label}<|/ref|><|det|>{boxes}<|/det|>"


def text_of(answer: str) -> str:
    return to_markdown(answer, page=1, picture=page()).text


def test_marks_go_and_what_they_mark_stays() -> None:
    answer = f"{mark('title', '[[1, 2, 300, 40]]')}\n# Invoice\n\n{mark('text', '[[1, 50, 300, 90]]')}\nPaid.{END}"
    assert text_of(answer) == "# Invoice\n\nPaid.\n"


def test_a_table_stays_as_it_is() -> None:
    table = "<table><tr><td>Rope</td><td>4</td></tr></table>"
    assert text_of(f"{mark('table', '[[0, 0, 999, 999]]')}\n{table}\n") == f"{table}\n"


def test_signs_and_gaps_are_made_plain() -> None:
    assert text_of(rf"a \coloneqq b{END}" + "\n\n\n\n" + r"c \eqqcolon d") == "a := b\n\nc =: d\n"


def test_figures_are_cut_out_and_named_in_order() -> None:
    answer = f"{mark('image', '[[0, 0, 499, 999], [500, 0, 999, 999]]')}\ncaption {mark('image', '[[0,0,99,99]]')}"
    found = to_markdown(answer, page=7, picture=page())
    assert list(found.figures) == ["images/p7_0.jpg", "images/p7_1.jpg", "images/p7_2.jpg"]
    assert found.text == "![](images/p7_0.jpg)\n![](images/p7_1.jpg)\ncaption ![](images/p7_2.jpg)\n"
    black, white = (Image.open(io.BytesIO(found.figures[f"images/p7_{one}.jpg"])) for one in (0, 1))
    assert (black.size, white.size) == ((499, 500), (500, 500))
    assert black.getpixel((10, 10)) == (0, 0, 0)
    assert white.getpixel((490, 10)) == (255, 255, 255)


def test_a_photograph_is_cut_as_the_model_saw_it() -> None:
    found = to_markdown(mark("image", "[[0, 0, 400, 999]]"), page=1, picture=page(turned=True))
    (figure,) = (Image.open(io.BytesIO(content)) for content in found.figures.values())
    assert figure.size == (400, 500)
    assert figure.getpixel((200, 250)) == (0, 0, 0)


NO_BOXES = {
    "code": "__import__('os').system('reboot')",
    "numbers that are none": "[[1, 2, NaN, true]]",
    "words": '[["a", "b", "c", "d"]]',
    "too few": "[[1, 2, 3]]",
    "no area": "[[5, 5, 5, 9]]",
    "inside out": "[[9, 9, 1, 1]]",
    "a number": "7",
    "a mapping": '{"x": 1}',
    "nested without end": "[" * 9000,
    "far too long": "[" + "[0,0,1,1]," * 9000 + "[0,0,1,1]]",
    "nothing": "",
}


@pytest.mark.parametrize("boxes", NO_BOXES.values(), ids=NO_BOXES.keys())
def test_what_is_no_box_is_left_out(boxes: str) -> None:
    found = to_markdown(f"a {mark('image', boxes)}b", page=1, picture=page())
    assert (found.text, dict(found.figures)) == ("a b\n", {})


def test_a_box_beyond_the_page_ends_at_its_edge() -> None:
    (place,) = places(mark("image", "[[-50, 10, 5000, 1e9]]"))
    assert place.boxes == ((0.0, 10 / 999, 1.0, 1.0),)


@pytest.mark.parametrize("cut", ["<|ref|>ima", "<|ref|>image<|/ref|><|det|>[[1, 2", "<|ref|>text<|/ref|><|det|>"])
def test_a_mark_that_was_cut_goes(cut: str) -> None:
    assert text_of(f"Paid.\n{cut}") == "Paid.\n"


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: "<|" not in text and END not in text))
def test_a_text_without_marks_is_not_touched(text: str) -> None:
    assert to_markdown(text, page=1, picture=b"").text == text


@given(st.lists(st.sampled_from(["<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "image", "[[0,0,9,9]]", "\n", END])))
def test_any_order_of_marks_gives_text(words: list[str]) -> None:
    found = to_markdown("".join(words), page=1, picture=page((20, 20)))
    assert END not in found.text
    assert all(name in found.text for name in found.figures)
