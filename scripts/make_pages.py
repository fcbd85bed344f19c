"""Draws the golden page of the gate and the sample invoice: `uv run python scripts/make_pages.py`.

Both come from the text below, so that what a release must read and what it is shown cannot drift apart. The golden
page holds plain paragraphs only: tables are where OCR engines rightly differ. Same pinned libraries, same bytes.
"""

from io import BytesIO
from pathlib import Path
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

ROOT = Path(__file__).resolve().parents[1]
HEADING = "Harbour Stores invoice 2041"
GREETING = """\
Thank you for your order of the fourth of March. The goods below left our warehouse on Tuesday and should reach \
the vessel before the end of the week. Please check each box when it arrives and tell us of any damage."""
TERMS = """\
Payment is due within thirty days. Quote the invoice number on every transfer, and write to the accounts office \
if the delivery address has changed since your last order. Goods remain ours until they are paid in full."""
PARAGRAPHS = (GREETING, TERMS)
ROWS = (
    ("Item", "Quantity", "Price", "Sum"),
    ("Mooring rope", "4", "61.50", "246.00"),
    ("Deck lamp", "12", "18.25", "219.00"),
    ("Signal flag set", "2", "44.00", "88.00"),
)
AMOUNT = "Amount due: 553.00 EUR"
PAGE, MARGIN, LINE = (1240, 640), 90, 42


def golden_text() -> str:
    """What the golden page says."""
    return "\n\n".join((HEADING, *PARAGRAPHS)) + "\n"


def golden_png() -> bytes:
    """Draw the golden page: black on white, four shades, so that the file stays small enough to travel as an input."""
    page = Image.new("L", PAGE, 255)
    draw = ImageDraw.Draw(page)
    draw.text((MARGIN, 60), HEADING, fill=0, font=ImageFont.load_default(44))
    top = 150
    for paragraph in PARAGRAPHS:
        for line in wrap(paragraph, 72):
            draw.text((MARGIN, top), line, fill=0, font=ImageFont.load_default(29))
            top += LINE
        top += LINE // 2
    out = BytesIO()
    page.quantize(4).save(out, "PNG", optimize=True)
    return out.getvalue()


def invoice_pdf() -> bytes:
    """Set the sample invoice: a heading, two paragraphs, a table, an amount."""
    styles = getSampleStyleSheet()
    table = Table(ROWS, colWidths=[70 * mm, 30 * mm, 30 * mm, 30 * mm], hAlign="LEFT")
    table.setStyle([("FONTSIZE", (0, 0), (-1, -1), 12), ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black)])
    for name in ("Normal", "Heading1", "Heading2"):
        styles[name].fontSize, styles[name].leading = (12, 17) if name == "Normal" else (18, 24)
    story = [Paragraph(HEADING, styles["Heading1"]), Spacer(1, 6 * mm)]
    for paragraph in PARAGRAPHS:
        story += [Paragraph(paragraph, styles["Normal"]), Spacer(1, 5 * mm)]
    story += [table, Spacer(1, 8 * mm), Paragraph(AMOUNT, styles["Heading2"])]
    out = BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title=HEADING, author="Harbour Stores", invariant=1).build(story)
    return out.getvalue()


def pages() -> dict[str, bytes]:
    """Every file this script makes, by path."""
    return {
        "templates/_gate/invoice/page.png": golden_png(),
        "templates/_gate/invoice/page.txt": golden_text().encode(),
        "samples/invoice.pdf": invoice_pdf(),
    }


def main() -> None:
    """Write the files."""
    for name, content in pages().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
