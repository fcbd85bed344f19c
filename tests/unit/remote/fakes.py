"""A host without SSH: commands get the answers a test prepared."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ocrfleet.commands.containers import Argv
from ocrfleet.remote import Result

Reply = Result | Exception | dict[str, Any]


def said(result: dict[str, Any]) -> Result:
    """A good answer of the agent."""
    return Result(0, json.dumps({"result": result}).encode() + b"\n", b"")


def failed(**parts: Any) -> Result:
    """The agent's answer when something went wrong."""
    error = {"code": 10, "failed": "it broke", "serving": "release 3", "changed": "nothing", "next": "ocrfleet x"}
    return Result(parts["code"], json.dumps({"error": {**error, **parts}}).encode(), b"")


@dataclass
class FakeSession:
    """Answers every command with the next reply, and keeps what was asked and put."""

    replies: list[Reply] | Callable[[str, dict[str, Any]], Any]
    name: str = "trial"
    commands: list[Argv] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    silences: list[float | None] = field(default_factory=list)
    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    closed: int = 0

    def run(self, argv: Argv, *, stdin: bytes = b"", silence: float | None = None) -> Result:
        self.commands.append(argv)
        self.silences.append(silence)
        self.payloads.append(json.loads(stdin) if argv[0] == "python3" else {"stdin": stdin})
        reply = self.replies.pop(0) if isinstance(self.replies, list) else self.replies(argv[-1], self.payloads[-1])
        if isinstance(reply, BaseException):
            raise reply
        return said(reply) if isinstance(reply, dict) else reply

    def put(self, content: bytes, path: str, *, mode: int) -> None:
        self.files[path] = (content, mode)

    def close(self) -> None:
        self.closed += 1

    @property
    def verbs(self) -> list[str]:
        """What was asked of the agent, in order."""
        return [argv[-1] for argv in self.commands]
