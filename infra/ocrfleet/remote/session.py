"""The seam between us and a host: run a command, put a file. Tests pass a fake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ocrfleet.commands.containers import Argv


@dataclass(frozen=True)
class Result:
    """What a finished command left."""

    code: int
    out: bytes
    err: bytes


class Session(Protocol):
    """A host we can act on. Every method raises Unreachable when the host does not answer."""

    name: str

    def run(self, argv: Argv, *, stdin: bytes = b"", silence: float | None = None) -> Result:
        """Run a command to its end; `silence` is the longest time in seconds without any output."""
        ...

    def put(self, content: bytes, path: str, *, mode: int) -> None:
        """Write a file whole or not at all; its folder is made when it is missing."""
        ...

    def close(self) -> None:
        """End the connection; the next call opens a new one."""
        ...
