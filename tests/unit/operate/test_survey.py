"""Many hosts are asked at the same time, and each has its own answer."""

import threading

import pytest

from ocrfleet.errors import Busy, OcrfleetError, Refused, UnknownHost, Unreachable
from ocrfleet.operate.survey import Seen, survey, worst
from ocrfleet.plan.facts import Facts
from ocrfleet.project import Project
from tests.unit.plan.hosts import facts

HOSTS = tuple(f"host-{number}" for number in range(8))


def test_all_hosts_are_asked_at_the_same_time(project: Project) -> None:
    met = threading.Barrier(len(HOSTS), timeout=10)

    def ask(_: Project, name: str) -> Facts:
        met.wait()
        return facts(pinned=HOSTS.index(name))

    seen = survey(project, HOSTS, ask)
    assert [one.host for one in seen] == list(HOSTS)
    assert [one.told.pinned for one in seen if isinstance(one.told, Facts)] == list(range(8))


def test_without_names_every_host_file_is_meant(project: Project) -> None:
    (project.hosts / "attic.yaml").write_text("", encoding="utf-8")
    seen = survey(project, (), lambda *_: facts())
    assert [one.host for one in seen] == ["attic", "lab"]


def test_a_fault_of_ours_is_no_answer_of_a_host(project: Project) -> None:
    def ask(_project: Project, _name: str) -> Facts:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        survey(project, ("lab",), ask)


def test_the_worst_exit_code_is_that_of_all() -> None:
    refused, gone = Refused("no", fix="x"), Unreachable("attic", reason="x")
    told: list[Facts | OcrfleetError] = [facts(), refused, gone, UnknownHost("x", known=[])]
    assert worst([Seen("h", one) for one in told]) == 40
    assert worst([Seen("h", one) for one in [refused, Busy("b", serving="", changed="", fix="")]]) == 50
    assert worst([Seen("h", facts())]) == 0
