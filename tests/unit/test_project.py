"""A project is found from inside it, and its host files' paths mean the same from everywhere."""

from pathlib import Path

import pytest

from ocrfleet.project import HERE, Project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with folders inside."""
    (tmp_path / "hosts").mkdir()
    (tmp_path / "infra/deep").mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").touch()
    return tmp_path


@pytest.mark.parametrize("inside", [".", "infra", "infra/deep", "hosts", "not/there/yet"])
def test_the_nearest_project_around_a_folder_is_found(root: Path, inside: str) -> None:
    assert Project.find(root / inside) == Project(root.resolve())


def test_the_working_directory_is_where_the_search_starts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "infra")
    assert Project.find().root == root.resolve()


def test_outside_of_any_project_it_is_the_one_this_code_is_in(tmp_path: Path) -> None:
    assert Project.find(tmp_path).root == HERE
    assert (HERE / "Pulumi.yaml").is_file()


@pytest.mark.parametrize("missing", ["hosts", "Pulumi.yaml"])
def test_a_folder_with_half_of_it_is_no_project(root: Path, missing: str) -> None:
    (root / missing).rename(root / "elsewhere")
    assert Project.find(root).root == HERE


def test_paths_are_relative_to_the_project_the_home_or_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    project = Project(root)
    assert project.path("keys/id") == root / "keys/id"
    assert project.path("~/.ssh/id") == Path("/home/ada/.ssh/id")
    assert project.path("/etc/key") == Path("/etc/key")
    assert (project.hosts, project.templates) == (root / "hosts", root / "templates")
