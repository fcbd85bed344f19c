"""Listens on a lab host to what its jobs write, to the hundredth of a second, without asking the agent."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.project import LabProject

LISTENER = Path(__file__).with_name("listener.py")


@dataclass(frozen=True)
class Heard:
    """A line, and when it was there."""

    at: float
    line: str


@contextmanager
def overheard(project: LabProject, wanted: str) -> Iterator[list[Heard]]:
    """Note when lines appear that hold the wanted words; the list is full afterwards."""
    words = [
        *project.docker,
        "exec",
        "-i",
        project.container,
        "python3",
        "-c",
        LISTENER.read_text(encoding="utf-8"),
        wanted,
    ]
    found: list[Heard] = []
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as listener:
        if listener.stdout is None or listener.stdout.readline() != "listening\n":
            raise RuntimeError("nobody listens on the lab host")
        yield found
        found.extend(Heard(*one) for one in json.loads(listener.communicate()[0]))
