"""No mistake of the notes this project started from can be made with it: each is refused, or has no place to stand."""

import re
from pathlib import Path

import pytest

from ocrfleet.errors import BadTemplate
from tests.unit.render.project import Trial
from tests.unit.seeds.defects import DEFECTS, STOCK, Held, HostFile, NotOurs, Template
from tests.unit.spec.files import ROOT
from tests.unit.spec.gpus import accepted, refused

ALL = [(number, index, one) for number, found in DEFECTS.items() for index, one in enumerate(found)]
HELD = [(number, one) for number, _, one in ALL if isinstance(one, Held)]


def only(kind: type) -> list[object]:
    return [pytest.param(one, id=f"{number}-{index}") for number, index, one in ALL if isinstance(one, kind)]


def test_every_one_of_them_is_in_the_table() -> None:
    assert list(DEFECTS) == list(range(1, 42))
    assert all(DEFECTS.values())


@pytest.mark.parametrize("defect", only(HostFile))
def test_it_is_refused_in_a_host_file(defect: HostFile) -> None:
    found = refused(dict(defect.values), flags=dict(defect.flags), **defect.engine)
    assert any(line.startswith(f"{defect.key}: ") and defect.why in line for line in found), found
    assert "hunter2" not in "".join(found)


@pytest.mark.parametrize("defect", only(Template))
def test_it_is_refused_in_a_template(tmp_path: Path, defect: Template) -> None:
    pinned = accepted({"waivers": {"any-gpu": "its UUID is not known here"}})
    trial = Trial(Trial.make(tmp_path).project, pinned)
    trial.write("trial/Dockerfile.j2", STOCK)
    trial.write("trial/Dockerfile.j2" if defect.file == "Dockerfile" else f"trial/{defect.file}", defect.text)
    with pytest.raises(BadTemplate) as caught:
        trial.context()
    assert any(defect.why in problem.expected for problem in caught.value.problems), caught.value.problems
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("number", "defect"), HELD)
def test_the_test_that_holds_it_is_there(number: int, defect: Held) -> None:
    file, _, name = defect.test.partition("::")
    text = Path(ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", text, re.MULTILINE), number


@pytest.mark.parametrize("defect", only(NotOurs))
def test_what_is_not_ours_says_why(defect: NotOurs) -> None:
    assert len(defect.because) > 10
