"""A template that cannot be rendered is refused with file and line, and nothing is guessed."""

import pytest

from tests.unit.render.project import DOCKERFILE, Trial

FILE = "templates/trial/Dockerfile.j2"
BROKEN = {
    "an undefined name": ("{{ nobody }}", "'nobody' is undefined"),
    "an undefined key": ("{{ host.nobody }}", "has no attribute 'nobody'"),
    "a flag that is not there": ("{{ host.engine.flags.nobody }}", "has no attribute 'nobody'"),
    "nothing in a hole": ("{{ host.ssh.jump }}", "expected text or a number in a hole, got NoneType"),
    "a literal nothing": ("{{ none }}", "expected text or a number in a hole, got NoneType"),
    "true in a hole": ("{{ host.name == 'lab' }}", "expected text or a number in a hole, got bool"),
    "a list in a hole": ("{{ host.proxy.api_keys }}", "expected text or a number in a hole, got tuple"),
    "a part in a hole": ("{{ host.engine }}", "expected text or a number in a hole, got Engine"),
    "a method in a hole": ("{{ host.model_dump }}", "expected text or a number in a hole, got method"),
    "an unknown filter": ("{{ host.name | nobody }}", "No filter named 'nobody'"),
    "an open hole": ("{{ host.name", "unexpected end of template"),
    "an open block": ("{% if host.name %}", "Unexpected end of template"),
    "an unknown tag": ("{% nobody %}", "Encountered unknown tag 'nobody'"),
    "a missing template": ("{% include 'nobody.j2' %}", "expected the template nobody.j2, but it is missing"),
    "a template that includes itself": ("{% include 'trial/Dockerfile.j2' %}", "recursion"),
    "a division by nothing": ("{{ 1 // 0 }}", "by zero"),
    "half a second in whole ones": ("{{ 0.5 | whole }}", "expected a whole number, got 0.5"),
}


@pytest.mark.parametrize(("text", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_template_is_refused_at_its_line(trial: Trial, text: str, why: str) -> None:
    (found,) = trial.problems(f"FROM scratch\n\nLABEL x={text}\n")
    assert found.startswith((f"{FILE}:3: (template): ", f"{FILE}:4: (template): "))
    assert why in found


def test_the_file_of_a_problem_is_the_one_it_is_in(trial: Trial) -> None:
    trial.write("trial/part.j2", "\n\n{{ nobody }}\n")
    (found,) = trial.problems("FROM scratch\n{% include 'trial/part.j2' %}\n")
    assert found == "templates/trial/part.j2:3: (template): 'nobody' is undefined"


def test_a_template_folder_without_a_dockerfile_is_refused(trial: Trial) -> None:
    assert trial.problems() == [f"{FILE}:1: (file): expected, but it is missing"]


@pytest.mark.parametrize("name", ["data.bin", "data.bin.j2"])
def test_a_file_that_is_not_text_is_refused(trial: Trial, name: str) -> None:
    trial.write(f"trial/{name}", b"\x89PNG\r\n\x1a\n\xff")
    (found,) = trial.problems(DOCKERFILE)
    assert found.startswith(f"templates/trial/{name}:1: ")
    assert "expected text; contexts hold no binary files" in found or "expected UTF-8 text" in found


def test_a_missing_golden_page_is_refused(trial: Trial) -> None:
    (trial.project.templates / "_gate/invoice/page.txt").unlink()
    with pytest.raises(Exception, match=r"templates/_gate/invoice/page\.txt:1: .file.: expected, but it is missing"):
        trial.render()


def test_holes_take_text_and_numbers(trial: Trial) -> None:
    trial.write("trial/Dockerfile.j2", DOCKERFILE)
    trial.write("trial/note.j2", "{{ host.name }} {{ host.engine.port }} {{ host.gate.max_error_rate }}\n")
    assert trial.context().files["note"] == "lab 8000 0.05\n"
