"""Reading a document from the command line."""

from pathlib import Path

from tests.unit.cli.terminal import Ocrfleet
from tests.unit.reading.fakes import answer, image
from tests.unit.remote.fixtures import FakeAgent


def test_read_has_the_promised_shape(ocrfleet: Ocrfleet, agent: FakeAgent, tmp_path: Path) -> None:
    agent.verbs["ask"] = lambda _: answer("Harbour Stores\n:100:")
    (tmp_path / "page.png").write_bytes(image("PNG"))
    ran = ocrfleet("read", "lab", str(tmp_path / "page.png"), "--json")
    assert ran.json["pages"] == [{"page": 1, "text": "Harbour Stores\n:100:", "finish_reason": "stop", "seconds": 1.5}]
    assert isinstance(ran.json["seconds"], float)


def test_read_prints_the_text_as_it_is_and_says_where_it_is_cut(
    ocrfleet: Ocrfleet, agent: FakeAgent, tmp_path: Path
) -> None:
    agent.verbs["ask"] = lambda _: answer("[b]\tTotal :100:", reason="length")
    (tmp_path / "page.png").write_bytes(image("PNG"))
    ran = ocrfleet("read", "lab", str(tmp_path / "page.png"))
    assert ran.out == "[b]\tTotal :100:\n"
    assert "page 1 is cut: the model stopped by length" in ran.err


def test_read_of_something_else_asks_nobody(ocrfleet: Ocrfleet, agent: FakeAgent, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("hello", encoding="utf-8")
    ran = ocrfleet("read", "lab", str(tmp_path / "page.txt"))
    assert (ran.code, agent.calls) == (10, [])
    assert "is not a picture that can be opened" in ran.err
