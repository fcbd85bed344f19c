"""`ocrfleet` as an operator runs it: words in, an exit code and two streams out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ocrfleet.cli import main

RELEASE = {
    "release": 3,
    "state": "good",
    "created": 1_700_000_000.0,
    "digest": "d",
    "image": "sha256:engine",
    "address": "172.30.240.3",
    "container": "ocrfleet-lab-3",
    "strategy": "start-first",
    "outage_seconds": 0.0,
    "ready_seconds": 4.2,
    "gate": {"passed": True, "cer": 0.01, "seconds": 1.5, "ready_seconds": 4.2},
    "reason": None,
}
SERVING = {**RELEASE, "since": 1_700_000_100.0}
PREVIOUS = {**RELEASE, "release": 2, "container": "ocrfleet-lab-2", "since": None}


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Ocrfleet = Callable[..., Ran]
# Lets a program called pulumi say something else.
Says = Callable[..., None]
PUBLIC = "ocr.example.org"


def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ocrfleet:
    """A way to run commands in this process."""

    def run(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["ocrfleet", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        streams = capsys.readouterr()
        return Ran(int(ended.value.code or 0), streams.out, streams.err)

    return run


def job(**result: Any) -> dict[str, Any]:
    """The verbs of a job that writes two lines and ends."""
    ended = {"state": "finished", "text": "one\n# two\n", "offset": 10, "exit": {"code": 0, "result": result}}
    return {"rollback": lambda _: {"job": "k", "state": "started"}, "job": lambda _: ended}
