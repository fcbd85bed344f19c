"""A value planted in every store is in nothing that is printed, logged or raised, unless --reveal asks for it."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from ocrfleet.cli.secrets import secrets
from ocrfleet.project import Project
from tests.loopback.secrets.escdouble import Fault
from tests.loopback.secrets.fourstores import STORES, Stores, four_stores
from tests.unit.operate.projects import copy

CANARY = "canary-4f1d9b7c2e8a6053d1c7-hidden"
FORMS = (CANARY, base64.b64encode(CANARY.encode()).decode().rstrip("="), CANARY.encode().hex(), CANARY[::-1])
SILENT = (
    ("list", "lab"),
    ("list", "lab", "--json"),
    ("get", "lab", "api-key"),
    ("get", "lab", "api-key", "--json"),
    ("get", "lab", "missing"),
    ("get", "lab", "api-key", "--at", "1"),
    ("versions", "lab", "--json"),
    ("rollback", "lab", "--to", "1"),
    ("env", "lab"),
    ("env", "lab", "--", "/missing"),
    ("set", "lab", "api-key"),
    ("set", "lab", "note"),
    *(("export", "lab", "--to", kind) for kind in STORES),
)
COMMANDS = get_command(secrets)
Said = Callable[..., str]


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """All four, in a project of their own."""
    project: Project = copy(tmp_path / "project")
    monkeypatch.chdir(project.root)
    with four_stores(project, tmp_path, monkeypatch) as stores:
        stores.esc.says = CANARY
        yield stores


def chain(error: BaseException | None) -> Iterator[str]:
    """All that an exception and those before it know, also what no traceback prints."""
    while error:
        yield from (*traceback.format_exception(error), repr(error), str(vars(error)))
        error = error.__context__


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, stores: Stores) -> Said:
    """Everything a command lets out: both streams, every log, its exception with what it came from, its traceback."""
    caplog.set_level(logging.DEBUG)

    def run(*words: str) -> str:
        raised: BaseException | None = None
        stores.given(f"{CANARY} {CANARY}" if words[-1] == "api-key" else CANARY)
        try:
            COMMANDS.main(list(words), standalone_mode=False)
        except Exception as error:  # noqa: BLE001  whatever comes, it is read
            raised = error
        streams = capfd.readouterr()
        return "\n".join((streams.out, streams.err, caplog.text, *chain(raised)))

    return run


def found(text: str) -> list[str]:
    """The forms of the canary that are in a text."""
    return [form for form in FORMS if form in text]


@pytest.mark.parametrize("kind", STORES)
def test_nothing_is_printed_without_reveal(stores: Stores, said: Said, kind: str) -> None:
    stores.use(kind)
    stores.plant(kind, CANARY)
    for words in SILENT:
        assert found(said(*words)) == [], words


@pytest.mark.parametrize("kind", STORES)
def test_the_search_finds_what_is_revealed(stores: Stores, said: Said, kind: str) -> None:
    stores.use(kind)
    stores.plant(kind, CANARY)
    assert found(said("get", "lab", "api-key", "--reveal")) == [CANARY]
    assert found(said("get", "lab", "api-key", "--reveal", "--json")) == [CANARY]
    assert found(said("env", "lab", "--reveal")) == [CANARY]
    assert all(found(f"…{form}…") for form in FORMS)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503, 0])
def test_esc_may_repeat_it_and_nobody_hears(stores: Stores, said: Said, status: int) -> None:
    stores.use("esc")
    stores.plant("esc", CANARY)
    for call, words in (
        ("POST /open", ("list", "lab")),
        ("PATCH ", ("set", "lab", "note")),
        ("GET /versions", ("versions", "lab")),
    ):
        stores.esc.faults[call] = [Fault(status)] * 5
        text = said(*words)
        assert "Refused" in text or "Unknown" in text
        assert found(text) == [], words


@pytest.mark.parametrize("body", ['{"id": ["%s"]}', "%s", '{"properties": {"ocrfleet": "%s"}}', '["%s"'])
def test_an_answer_that_is_none_is_not_repeated(stores: Stores, said: Said, body: str) -> None:
    stores.use("esc")
    for call in ("POST /open", "GET "):
        stores.esc.faults[call] = [Fault(200, body=(body % CANARY).encode())]
        text = said("list", "lab") + said("set", "lab", "note")
        assert found(text) == []
    assert "Unknown" in text


@pytest.mark.parametrize("inside", ["%s", '{"revisions": "%s"}', '{"revisions": [{"number": "%s", "values": {}}]}'])
def test_a_file_that_holds_something_else_is_not_repeated(stores: Stores, said: Said, inside: str) -> None:
    stores.use("age")
    stores.age(inside % CANARY)
    text = said("list", "lab")
    assert "holds no secrets of ocrfleet's" in text
    assert found(text) == []


def test_pulumi_may_repeat_it_and_nobody_hears(stores: Stores, said: Said) -> None:
    stores.use("config")
    (stores.folder / "broken").write_text(f'{{"ocrfleet:api-key": "{CANARY}"}}', encoding="utf-8")
    assert "is not as Pulumi prints it" in said("list", "lab")
    assert found(said("list", "lab")) == []
    (stores.folder / "broken").write_text("no: ", encoding="utf-8")
    text = said("set", "lab", "note")
    assert "no: (hidden)" in text
    assert found(text) == []
