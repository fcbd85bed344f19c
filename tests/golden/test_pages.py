"""The golden page and the sample invoice are what their script draws, so what is read and what is expected agree."""

import pytest

from scripts.make_pages import HEADING, ROOT, golden_text, pages


@pytest.mark.parametrize(
    "name", ["templates/_gate/invoice/page.png", "templates/_gate/invoice/page.txt", "samples/invoice.pdf"]
)
def test_the_file_is_what_the_script_draws(name: str) -> None:
    assert (ROOT / name).read_bytes() == pages()[name], "make it again: uv run python scripts/make_pages.py"


def test_the_golden_page_is_plain_paragraphs() -> None:
    assert golden_text().startswith(f"{HEADING}\n\n")
    assert golden_text().count("\n\n") == 2
