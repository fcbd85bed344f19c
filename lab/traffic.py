"""Traffic on a lab host: callers inside it that ask all the time, and what each of them got."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.places import ROOT
from lab.project import LabProject
from ocrfleet.asking.request import gate_request

PROBER = Path(__file__).with_name("prober.py")
PAGE, PAGE_SAYS = ROOT / "templates" / "_gate" / "invoice" / "page.png", "Harbour Stores"
MODELS, CHAT, OK = "/v1/models", "/v1/chat/completions", 200
# Longer than any hold: who is not answered within it was forgotten.
PATIENCE = 150.0


@dataclass(frozen=True)
class Answer:
    """One request: when it was sent, how long it took, and what came. Status 0 is no answer, or one that broke off."""

    path: str
    asked: float
    seconds: float
    status: int
    right: bool
    retry_after: bool

    @property
    def good(self) -> bool:
        return self.status == OK and self.right

    @property
    def answered(self) -> float:
        """When it was over."""
        return self.asked + self.seconds


@contextmanager
def traffic(
    project: LabProject, *, rate: float, pages_every: float | None = None, watched: str | None = None
) -> Iterator[list[Answer]]:
    """Ask for the models `rate` times a second; the list is full afterwards.

    Pages are asked for one after the other, with `pages_every` seconds between an answer and the next page: an engine
    that has too many says 429, with or without a swap.
    `watched` is the address of an engine whose health is asked, past the proxy, as often.
    """
    program = ["python3", "-c", PROBER.read_text(encoding="utf-8")]
    words = [*project.docker, "exec", "-i", "-u", "ocr", project.container, *program]
    found: list[Answer] = []
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as prober:
        assert prober.stdin is not None  # noqa: S101  asked for above
        assert prober.stdout is not None  # noqa: S101
        prober.stdin.write(
            json.dumps({"patience": PATIENCE, "ways": [*_ways(project, rate, pages_every, watched)]}) + "\n"
        )
        prober.stdin.flush()
        if prober.stdout.readline() != "asking\n":
            raise RuntimeError("the prober did not begin to ask")
        try:
            yield found
        finally:
            said = prober.communicate()[0]
    found.extend(Answer(*one) for one in json.loads(said))


def _ways(
    project: LabProject, rate: float, pages_every: float | None, watched: str | None
) -> Iterator[Mapping[str, Any]]:
    """What is asked where, how often, and what a right answer has in it."""
    host = project.host
    proxy, model = f"127.0.0.1:{host.proxy.port}", f'"{host.engine.model}"'
    yield {"at": proxy, "path": MODELS, "body": "", "expected": model, "every": 1 / rate}
    if pages_every is not None:
        body = json.dumps(gate_request(host, PAGE.read_bytes()))
        yield {"at": proxy, "path": CHAT, "body": body, "expected": PAGE_SAYS, "every": pages_every, "in_turn": True}
    if watched is not None:
        engine = f"{watched}:{host.engine.port}"
        yield {
            "at": engine,
            "path": host.gate.health_path,
            "body": "",
            "expected": "",
            "every": 1 / rate,
            "in_turn": False,
        }
