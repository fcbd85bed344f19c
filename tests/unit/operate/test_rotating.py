"""What was renewed at Cloudflare is in the host's audit however it ended, and one failure keeps nobody else waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ocrfleet.errors import NotRestored, OcrfleetError, Refused, Restored, Unknown
from ocrfleet.operate.rotating import Rotating
from ocrfleet.project import Project
from ocrfleet.rotation.outcome import HANDED_OUT, ROTATED, Lap, Outcome
from ocrfleet.rotation.patience import Patience
from ocrfleet.rotation.sequence import each
from tests.unit.edge.wanted import host_with
from tests.unit.rotation.ground import DAY, Api, Ground
from tests.unit.rotation.steps import Killed, Steps, Store
from tests.unit.spec.files import ROOT

EDGE = {"zone": "example.org", "team": "example", "hostnames": {"ocr.example.org": {"audience": ["page-worker"]}}}


@dataclass
class Noted:
    """A host that keeps an audit."""

    lines: list[tuple[str, str, int]] = field(default_factory=list)

    def tell(self, verb: str, **said: Any) -> dict[str, Any]:
        assert verb == "note"
        self.lines.append((said["what"], said["outcome"], said["code"]))
        return {}


def test_in_an_emergency_one_failure_keeps_nobody_else_waiting() -> None:
    tried = list[str]()

    def fails(error: OcrfleetError) -> Callable[[], Outcome]:
        def work() -> Outcome:
            tried.append(error.failed)
            raise error

        return work

    errors = [
        Restored("b was not let in", serving="as before", changed="nothing", fix="again"),
        NotRestored("c was not let in", serving="nobody", changed="the store", fix="verify"),
        Refused("d has no tokens", fix="deploy"),
    ]
    done = Outcome("access", "e", ROTATED)
    works = [*(fails(error) for error in errors), lambda: done]
    found: list[Outcome] = []
    with pytest.raises(NotRestored) as failed:
        found.extend(each(works, Lap(0)))
    assert tried == ["b was not let in", "c was not let in", "d has no tokens"]
    assert failed.value.failed.splitlines() == tried
    assert failed.value.changed == "the store"
    del tried[:]
    with pytest.raises(Restored):
        list(each(works, DAY))
    assert tried == ["b was not let in"]


def test_in_an_emergency_every_consumer_is_tried_and_noted() -> None:
    hostnames = {"ocr.example.org": {"audience": ["app", "page-worker"]}}
    audit, ground = Noted(), Ground()
    found: list[Outcome] = []
    with pytest.raises(Unknown, match="does not have both service tokens of app"):
        found.extend(rotating(ground, audit, Lap(0), edge={**EDGE, "hostnames": hostnames}))
    assert [one.name for one in found] == ["page-worker"]
    assert audit.lines == [("rotate access page-worker", HANDED_OUT, 0)]


def rotating(ground: Ground, audit: Any, lap: Lap = DAY, **how: Any) -> Any:
    """The rotation of every consumer's credential; `how` may be an edge, a status of its names, where it is killed."""
    steps = Steps(lambda: None, how.get("kill", (0, "before")))
    store, patience, host = Store(steps, ground.values), Patience(lambda _: None, 2), host_with(how.get("edge", EDGE))
    made = Rotating(Project(ROOT), host, audit, store, lambda *_: how.get("status", 200), patience)
    api: Any = Api(ground.at, steps)
    return made.access(api, lap, None, print)


def test_the_audit_says_how_it_ended() -> None:
    audit = Noted()
    (outcome,) = rotating(Ground(), audit)
    assert outcome.what == HANDED_OUT
    with pytest.raises(Restored):
        list(rotating(Ground(), audit, status=530))
    with pytest.raises(Killed):
        list(rotating(Ground(), audit, kill=(4, "after")))
    what = "rotate access page-worker"
    assert audit.lines == [(what, HANDED_OUT, 0), (what, "restored", 20), (what, "not known", 40)]
