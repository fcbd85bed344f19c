"""A second operator comes while the first one's job is at work."""

from __future__ import annotations

import time

from ocrfleet.project import Project
from ocrfleet.remote import Remote, Target, connect
from tests.faults.matrix.scene import Fault, Scene
from tests.faults.onhost.stage import Outcome, outcome

PATIENCE = 60.0


def _rival(scene: Scene) -> None:
    (_same, _other, _patient)[scene.chance.randrange(3)](scene)


def _same(scene: Scene) -> None:
    """Who wishes the same joins the job, and is told the same."""
    heard: list[str] = []
    joined = scene.stage.beside(lambda: scene.stage.deploy(scene.wanted, _another(scene), heard))
    deadline = time.monotonic() + PATIENCE
    while not (heard or joined.done() or time.monotonic() > deadline):
        time.sleep(0.1)
    scene.go_on()
    second = joined.result(PATIENCE)
    if second.error and scene.step == "committed":
        # What was wished serves already: it is another job now, for which there will be nothing to do.
        _is_told_who(second)
        return
    assert second.result == scene.outcome().result, second
    assert second.lines[0].startswith("joined the job")


def _other(scene: Scene) -> None:
    """Who wishes something else is refused, with who is at work there; so is a rollback."""
    other, remote = scene.stage.wish("rival", "start-first"), _another(scene)
    for refused in (scene.stage.deploy(other, remote), outcome(lambda: remote.rollback(None, _unheard), [])):
        _is_told_who(refused)
    scene.go_on()


def _is_told_who(refused: Outcome) -> None:
    """Exit code 50, with who is at work there, since when, and as what."""
    assert refused.error, refused
    assert refused.code == 50, refused.error
    for evidence in ("deploy by ", "since ", "pid ", "job "):
        assert evidence in refused.error.failed, refused.error


def _patient(scene: Scene) -> None:
    """Who waits comes after; what was wished first is then deployed again by whoever still wishes it."""
    waits = scene.stage.beside(
        lambda: scene.stage.deploy(scene.stage.wish("rival", "start-first"), _another(scene, wait=PATIENCE))
    )
    scene.go_on(within=1.0)
    first, second = scene.outcome(), waits.result(PATIENCE)
    assert (first.code, second.code) == (0, 0), (first.error, second.error)
    assert second.result
    assert first.result
    assert second.result["release"] == first.result["release"] + 1


def _another(scene: Scene, *, wait: float = 0.0) -> Remote:
    return connect(Project(scene.lab.root), Target.of(scene.lab.host), wait=wait)


def _unheard(_: str) -> None:
    """What a job says that was refused."""


FAULTS = (Fault("second-operator", _rival, frozenset({0}), stands=True),)
