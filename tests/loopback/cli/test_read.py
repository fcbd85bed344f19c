"""Reading a document from the command line."""

import base64
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocrfleet.cli.pages import bar
from tests.loopback.cli.terminal import Ocrfleet
from tests.unit.reading.fakes import answer, image
from tests.unit.remote.fixtures import FakeAgent


def test_read_has_the_promised_shape(ocrfleet: Ocrfleet, agent: FakeAgent, tmp_path: Path) -> None:
    agent.verbs["ask"] = lambda _: answer("Harbour Stores\n:100:")
    (tmp_path / "page.png").write_bytes(image("PNG"))
    ran = ocrfleet("read", "lab", str(tmp_path / "page.png"), "--json")
    page = {"page": 1, "text": "Harbour Stores\n:100:", "finish_reason": "stop", "seconds": 1.5}
    assert ran.json["pages"] == [{**page, "tries": 1, "figures": []}]
    assert isinstance(ran.json["seconds"], float)


def test_read_prints_the_text_as_it_is_and_says_where_it_is_cut(
    ocrfleet: Ocrfleet, agent: FakeAgent, tmp_path: Path
) -> None:
    agent.verbs["ask"] = lambda _: answer("[b]\tTotal :100:", reason="length")
    (tmp_path / "page.png").write_bytes(image("PNG"))
    ran = ocrfleet("read", "lab", str(tmp_path / "page.png"))
    assert ran.out == "[b]\tTotal :100:\n"
    assert "page 1 is cut: the model stopped by length" in ran.err


def test_pages_that_were_read_are_printed_though_a_later_one_is_not(
    ocrfleet: Ocrfleet, agent: FakeAgent, tmp_path: Path
) -> None:
    replies = {20: answer("one"), 21: answer("two"), 22: {**answer(), "status": 400, "body": "no"}}
    agent.verbs["ask"] = lambda payload: replies[width(payload)]
    frames = [Image.new("RGB", (side, 9)) for side in (21, 22, 23)]
    (tmp_path / "pages.tiff").write_bytes(image("TIFF", *frames, size=(20, 9)))
    ran = ocrfleet("read", "lab", str(tmp_path / "pages.tiff"), "--parallel", "1")
    assert (ran.code, ran.out) == (10, "one\ntwo\n")
    assert ran.err.startswith("failed:  lab did not read page 3: no\n")
    ran = ocrfleet("read", "lab", str(tmp_path / "pages.tiff"), "--parallel", "1", "--json")
    assert (ran.code, [page["text"] for page in ran.json["pages"]]) == (10, ["one", "two"])
    assert ran.json["error"].keys() == {"code", "failed", "serving", "changed", "next"}
    assert (ran.json["error"]["code"], ran.json["error"]["failed"]) == (10, "lab did not read page 3: no")


def test_what_is_printed_beside_the_bar_goes_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with bar(shown=True) as shown:
        for page in shown.track([1, 2], total=2, description="reading"):
            sys.stdout.write(f"page {page}\n")
    streams = capsys.readouterr()
    assert streams.out == "page 1\npage 2\n"
    assert "reading" in streams.err


def width(payload: dict[str, Any]) -> int:
    """How wide the picture in a request is."""
    url = payload["body"]["messages"][0]["content"][0]["image_url"]["url"]
    with Image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))) as opened:
        return opened.width


def test_read_of_something_else_asks_nobody(ocrfleet: Ocrfleet, agent: FakeAgent, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("hello", encoding="utf-8")
    ran = ocrfleet("read", "lab", str(tmp_path / "page.txt"))
    assert (ran.code, agent.calls) == (10, [])
    assert "is not a picture that can be opened" in ran.err
