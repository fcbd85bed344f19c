"""What a resource only names is found in the project again, or the run ends before anything is done."""

from pathlib import Path

import pytest

from ocrfleet.errors import Refused
from ocrfleet.plan.pinned import pinned
from ocrfleet.project import Project
from ocrfleet.provider.sources import Sources
from tests.unit.plan.hosts import PAGE, with_page
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import image
from tests.unit.provider.wire import Start, failure

LIST = "templates/lab/requirements.txt"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one file that is copied into an image."""
    (tmp_path / LIST).parent.mkdir(parents=True)
    (tmp_path / LIST).write_text("tea==1 ü\n", encoding="utf-8")
    return Project(tmp_path)


def named(project: Project) -> str:
    return pinned(LIST, (project.root / LIST).read_bytes())


def test_a_file_is_what_its_name_says(project: Project) -> None:
    assert Sources(project).text(named(project)) == "tea==1 ü\n"


@pytest.mark.parametrize("content", ["tea==2\n", "", None])
def test_a_file_that_is_another_by_now_is_refused(project: Project, content: str | None) -> None:
    name = named(project)
    if content is None:
        (project.root / LIST).unlink()
    else:
        (project.root / LIST).write_text(content)
    with pytest.raises(Refused, match=f"{LIST} was changed while this ran"):
        Sources(project).text(name)


def test_a_picture_is_found_by_its_content_alone(tmp_path: Path) -> None:
    sources = Sources(with_page(tmp_path))
    content = (tmp_path / PAGE).read_bytes()
    assert sources.picture(pinned("", content).rpartition(":")[2]) == content
    with pytest.raises(Refused, match="templates/_gate was changed while this ran"):
        sources.picture("0" * 64)


def test_an_image_is_built_from_what_is_shown_and_what_is_named(start: Start, project: Project) -> None:
    whole, apart = image(), image(copies={"list.txt": named(project)})
    told = {**apart, "files": {**apart["files"], "list.txt": "tea==1 ü\n"}, "copies": {}}
    references = [start().create("Image", one)["reference"] for one in (whole, apart, told)]
    assert references[0] != references[1] == references[2]


def test_nothing_is_built_from_a_file_that_was_changed_meanwhile(
    start: Start, host: FakeHost, project: Project
) -> None:
    apart = image(copies={"list.txt": named(project)})
    (project.root / LIST).write_text("coffee==1\n")
    said = failure(lambda: start().create("Image", apart))
    assert said.parts["failed"] == f"{LIST} was changed while this ran"
    assert host.session.files == {}
