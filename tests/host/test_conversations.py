"""The engine inside a lab host answers as the recording says, by which the engine of the unit tests is held."""

from __future__ import annotations

from lab.project import LabProject
from tests.faults.conversations.record import held, recorded


def test_a_real_engine_answers_as_it_did_when_it_was_recorded(project: LabProject) -> None:
    assert held(tuple(project.docker), project.container) == recorded()
