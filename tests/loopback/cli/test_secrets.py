"""`ocrfleet secrets`: the same words for every store; what one of them cannot do, it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrfleet.project import Project
from tests.loopback.cli.terminal import Ocrfleet
from tests.loopback.secrets.fourstores import STORES, VARIABLE, Stores, four_stores

KEY, OTHER = "k" * 40, "o" * 40


@pytest.fixture
def stores(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """All four."""
    with four_stores(project, tmp_path, monkeypatch) as stores:
        yield stores


@pytest.mark.parametrize("kind", STORES)
def test_every_store_is_read_with_the_same_words(ocrfleet: Ocrfleet, stores: Stores, kind: str) -> None:
    stores.use(kind)
    assert ocrfleet("secrets", "list", "lab").out == f"the store {kind} has no secret\n"
    stores.plant(kind, KEY)
    assert ocrfleet("secrets", "list", "lab").out == "api-key\n"
    assert ocrfleet("secrets", "list", "lab", "--json").json == {"store": kind, "at": None, "names": ["api-key"]}
    assert ocrfleet("secrets", "get", "lab", "api-key", "--reveal").out == f"{KEY}\n"
    ran = ocrfleet("secrets", "get", "lab", "api-key")
    assert (ran.code, ran.out) == (0, f"api-key is in the store {kind}; to print it: --reveal\n")
    said = {"name": "api-key", "store": kind, "at": None, "value": None}
    assert ocrfleet("secrets", "get", "lab", "api-key", "--json").json == said
    assert ocrfleet("secrets", "get", "lab", "api-key", "--json", "--reveal").json == {**said, "value": KEY}
    assert ocrfleet("secrets", "env", "lab").out == f"{VARIABLE}=(hidden)\n"
    assert ocrfleet("secrets", "env", "lab", "--reveal").out == f"{VARIABLE}={KEY}\n"
    ran = ocrfleet("secrets", "get", "lab", "other")
    assert ran.code == 10
    assert f"the store {kind} of lab has no secret other (there: api-key)" in ran.err


@pytest.mark.parametrize("kind", ["config", "age", "esc"])
def test_a_store_that_writes_is_written_with_the_same_words(ocrfleet: Ocrfleet, stores: Stores, kind: str) -> None:
    stores.use(kind)
    stores.given(KEY + "\n")
    ran = ocrfleet("secrets", "set", "lab", "api-key")
    assert re.fullmatch(rf"api-key is set \({kind}(, revision \d)?\); to use it: ocrfleet deploy lab\n", ran.out)
    assert ocrfleet("secrets", "get", "lab", "api-key", "--reveal").out == f"{KEY}\n"
    assert ocrfleet("secrets", "rotate", "lab", "api-key").out.startswith("api-key is new")
    rotated = ocrfleet("secrets", "get", "lab", "api-key", "--reveal").out
    assert re.fullmatch(r"[0-9a-f]{64}\n", rotated)
    for wrong in ("short", "with space " * 4, ""):
        stores.given(wrong)
        assert ocrfleet("secrets", "set", "lab", "api-key").code == 10
    stores.given("")
    assert "there is no value for note" in ocrfleet("secrets", "set", "lab", "note").err
    assert ocrfleet("secrets", "get", "lab", "api-key", "--reveal").out == rotated


@pytest.mark.parametrize("kind", ["age", "esc"])
def test_a_store_with_revisions_goes_back(ocrfleet: Ocrfleet, stores: Stores, kind: str) -> None:
    stores.use(kind)
    for value in (KEY, OTHER):
        stores.given(value)
        ocrfleet("secrets", "set", "lab", "api-key")
    names = [one["name"] for one in ocrfleet("secrets", "versions", "lab", "--json").json]
    assert len(ocrfleet("secrets", "versions", "lab").out.splitlines()) == len(names)
    assert ocrfleet("secrets", "get", "lab", "api-key", "--at", names[1], "--reveal").out == f"{KEY}\n"
    ran = ocrfleet("secrets", "rollback", "lab", "--to", names[1])
    assert ran.out.startswith(f"the secrets are again those of {names[1]} ({kind}, revision {int(names[0]) + 1})")
    assert ocrfleet("secrets", "get", "lab", "api-key", "--reveal").out == f"{KEY}\n"
    assert ocrfleet("secrets", "list", "lab", "--at", "99").code == 10


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        *((kind, ("versions", "lab")) for kind in ("config", "env")),
        *((kind, ("rollback", "lab", "--to", "1")) for kind in ("config", "env")),
        *((kind, ("get", "lab", "api-key", "--at", "1")) for kind in ("config", "env")),
        ("env", ("set", "lab", "api-key")),
        ("env", ("rotate", "lab", "api-key")),
    ],
)
def test_what_a_store_cannot_do_it_says(ocrfleet: Ocrfleet, stores: Stores, kind: str, words: tuple[str, ...]) -> None:
    stores.use(kind)
    stores.plant(kind, KEY)
    stores.given(OTHER)
    ran = ocrfleet("secrets", *words)
    assert (ran.code, ran.out) == (10, "")
    assert ran.err.startswith(f"failed:  the store {kind} cannot ")
    assert "\nchanged: nothing\nnext:    " in ran.err
    assert ocrfleet("secrets", "get", "lab", "api-key", "--reveal").out == f"{KEY}\n"


@pytest.mark.parametrize(
    ("source", "target"),
    [(source, target) for source in STORES for target in ("config", "age", "esc") if source != target],
)
def test_secrets_move_from_each_store_to_each(ocrfleet: Ocrfleet, stores: Stores, source: str, target: str) -> None:
    stores.use(source)
    stores.plant(source, KEY)
    assert ocrfleet("secrets", "export", "lab", "--to", target).out == f"{source} to {target}: api-key\n"
    assert ocrfleet("secrets", "get", "lab", "api-key", "--store", target, "--reveal").out == f"{KEY}\n"
    stores.use(target)
    ran = ocrfleet("secrets", "import", "lab", "--from", source)
    assert ran.out == f"{source} to {target}: nothing was different\n"


def test_a_program_gets_them_and_its_end_is_the_end(ocrfleet: Ocrfleet, stores: Stores) -> None:
    stores.use("env")
    stores.plant("env", KEY)
    script = f'printf %s "${VARIABLE}" >{stores.folder}/got; exit 7'
    assert ocrfleet("secrets", "env", "lab", "--", "sh", "-c", script).code == 7
    assert (stores.folder / "got").read_text(encoding="utf-8") == KEY
    assert "cannot be run" in ocrfleet("secrets", "env", "lab", "--", f"{stores.folder}/missing").err


def test_a_value_is_in_no_argument_of_a_program(ocrfleet: Ocrfleet, stores: Stores) -> None:
    stores.use("config")
    stores.given(KEY)
    assert ocrfleet("secrets", "set", "lab", "api-key").code == 0
    asked = (stores.folder / "asked").read_text(encoding="utf-8")
    assert "config set --secret ocrfleet:api-key --cwd=" in asked
    assert KEY not in asked


def test_a_store_that_the_host_file_does_not_describe_is_refused(ocrfleet: Ocrfleet, project: Project) -> None:
    for kind in ("age", "esc"):
        ran = ocrfleet("secrets", "list", "lab", "--store", kind)
        assert ran.code == 10
        assert f"does not say where its store {kind} is" in ran.err
