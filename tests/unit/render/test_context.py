"""A build context is what the folders say, and its name depends on nothing but what is in it."""

import os
from pathlib import Path

import pytest

from ocrfleet.errors import Refused
from ocrfleet.render import exported, write
from tests.unit.render.project import DOCKERFILE, Trial


@pytest.fixture
def with_dockerfile(trial: Trial) -> Trial:
    """A template folder that renders."""
    trial.write("trial/Dockerfile.j2", DOCKERFILE)
    return trial


def test_every_context_has_the_shared_files(trial: Trial) -> None:
    rendered = trial.render()
    shared = (trial.project.templates / "_base/with-secrets.sh").read_text(encoding="utf-8")
    assert rendered.engine.files["with-secrets.sh"] == rendered.proxy.files["with-secrets.sh"] == shared


def test_a_file_of_the_folder_wins_over_a_shared_one(with_dockerfile: Trial) -> None:
    with_dockerfile.write("trial/with-secrets.sh", "mine\n")
    assert with_dockerfile.context().files["with-secrets.sh"] == "mine\n"


def test_the_skeleton_is_not_a_file_of_a_context(with_dockerfile: Trial) -> None:
    with_dockerfile.write("_base/skeleton.j2", "{{ nobody }}")
    assert "skeleton" not in with_dockerfile.context().files


@pytest.mark.parametrize("text", ["{{ nobody }}\n", "a\r\nb\r\n", "no line end", "\ufeffmark", ""])
def test_other_files_are_copied_byte_for_byte(with_dockerfile: Trial, tmp_path: Path, text: str) -> None:
    with_dockerfile.write("trial/deep/down/note.txt", text)
    assert with_dockerfile.context().files["deep/down/note.txt"] == text


def test_a_template_keeps_its_last_line_end(with_dockerfile: Trial) -> None:
    with_dockerfile.write("trial/note.j2", "{{ host.name }}\n")
    assert with_dockerfile.context().files["note"] == "lab\n"


def test_what_pinned_versions_are_made_from_stays_here(with_dockerfile: Trial) -> None:
    before = with_dockerfile.context()
    with_dockerfile.write("trial/requirements.in", "fastapi\n")
    assert with_dockerfile.context() == before


def test_what_python_and_the_finder_leave_behind_is_left_out(with_dockerfile: Trial) -> None:
    before = with_dockerfile.context().digest
    with_dockerfile.write("trial/server/__pycache__/app.cpython-311.pyc", b"\xff")
    with_dockerfile.write("trial/server/.DS_Store", b"\xff")
    assert with_dockerfile.context().digest == before


def test_the_digest_does_not_depend_on_dates_modes_or_order(with_dockerfile: Trial) -> None:
    with_dockerfile.write("trial/b", "2")
    with_dockerfile.write("trial/a", "1")
    before = with_dockerfile.context().digest
    os.utime(with_dockerfile.project.templates / "trial/a", (0, 0))
    (with_dockerfile.project.templates / "trial/b").chmod(0o600)
    assert with_dockerfile.context().digest == before


@pytest.mark.parametrize(("name", "content"), [("trial/a", "other"), ("trial/new", ""), ("_base/new", "")])
def test_the_digest_depends_on_every_file(with_dockerfile: Trial, name: str, content: str) -> None:
    with_dockerfile.write("trial/a", "1")
    before = with_dockerfile.context().digest
    with_dockerfile.write(name, content)
    assert with_dockerfile.context().digest != before


def test_the_digest_depends_on_which_file_has_which_content(with_dockerfile: Trial) -> None:
    with_dockerfile.write("trial/a", "1")
    with_dockerfile.write("trial/b", "2")
    before = with_dockerfile.context().digest
    with_dockerfile.write("trial/a", "2")
    with_dockerfile.write("trial/b", "1")
    assert with_dockerfile.context().digest != before


def test_a_change_of_the_proxys_configuration_is_not_another_image(trial: Trial) -> None:
    before = trial.render()
    trial.write("_proxy/Caddyfile.j2", "# other\n")
    after = trial.render()
    assert after.proxy.digest == before.proxy.digest
    assert after.service["proxy"]["caddyfile"] == "# other\n"


def test_what_is_written_is_what_is_deployed(trial: Trial, tmp_path: Path) -> None:
    rendered, out = trial.render(), tmp_path / "out"
    written = write(rendered, out)
    assert {path.relative_to(out).as_posix(): path.read_bytes().decode() for path in written} == exported(rendered)
    assert sorted(path for path in out.rglob("*") if path.is_file()) == written


def test_writing_twice_changes_nothing(trial: Trial, tmp_path: Path) -> None:
    assert write(trial.render(), tmp_path / "out") == write(trial.render(), tmp_path / "out")


@pytest.mark.parametrize("stranger", ["mine.txt", "context/mine.txt", "context/server/old.py"])
def test_a_folder_with_something_else_in_it_is_refused(trial: Trial, tmp_path: Path, stranger: str) -> None:
    path = tmp_path / "out" / stranger
    path.parent.mkdir(parents=True)
    path.symlink_to("nowhere")
    with pytest.raises(Refused, match=f"holds files that are not part of this render: .*{stranger}"):
        write(trial.render(), tmp_path / "out")
    assert not (tmp_path / "out/run.json").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match="cannot write"):
        write(trial.render(), tmp_path / "out")
