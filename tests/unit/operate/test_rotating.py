"""What was renewed at Cloudflare is in the host's audit however it ended, and one failure keeps nobody else waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ocrfleet.errors import Restored
from ocrfleet.operate.rotating import Rotating
from ocrfleet.project import Project
from ocrfleet.rotation.outcome import HANDED_OUT, Patience
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


def rotating(ground: Ground, audit: Any, kill: tuple[int, str] = (0, "before"), status: int = 200) -> Any:
    """The rotation of every consumer's credential."""
    steps = Steps(lambda: None, kill)
    store, patience = Store(steps, ground.values), Patience(lambda _: None, 2)
    made = Rotating(Project(ROOT), host_with(EDGE), audit, store, lambda *_: status, patience)
    api: Any = Api(ground.at, steps)
    return made.access(api, DAY, None, print)


def test_the_audit_says_how_it_ended() -> None:
    audit = Noted()
    (outcome,) = rotating(Ground(), audit)
    assert outcome.what == HANDED_OUT
    with pytest.raises(Restored):
        list(rotating(Ground(), audit, status=530))
    with pytest.raises(Killed):
        list(rotating(Ground(), audit, (4, "after")))
    what = "rotate access page-worker"
    assert audit.lines == [(what, HANDED_OUT, 0), (what, "restored", 20), (what, "not known", 40)]
