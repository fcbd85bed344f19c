"""An operator's connection to the agent in this process: every call on it has a number, and one of them breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ocrfleet.commands.containers import HOME, Argv
from ocrfleet.errors import Unreachable
from ocrfleet.remote import Result
from tests.unit.agent.breakable import Breakable
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host

SILENCE = 60.0
UNKNOWN_FILE = Result(2, b"", b"python3: can't open file")
KILLED = Result(-1, b"", b"")


class Link(Breakable):
    """Stands for an SSH session; see the protocol `Session`."""

    name = "lab"

    def __init__(self, host: Host) -> None:
        super().__init__(host.outside)
        self._host = host

    def run(self, argv: Argv, *, stdin: bytes = b"", silence: float | None = None) -> Result:
        lost = Unreachable(self.name, reason="broken by the test")
        what = f"ssh {argv[-1]}"
        return self._call(what, lambda: self._run(argv, json.loads(stdin)), lost, (silence or SILENCE, lost))

    def put(self, content: bytes, path: str, *, mode: int) -> None:
        lost = Unreachable(self.name, reason="broken by the test")
        self._call(f"sftp {Path(path).parts[-2]}", lambda: self._put(content, path, mode), lost, (SILENCE, lost))

    def close(self) -> None:
        """Nothing is open."""

    def sleep(self, seconds: float) -> None:
        """Wait on this side, while the host goes on."""
        self._host.outside.stall(seconds)

    def keep(self, what: str, state: dict[str, Any], value: Any) -> None:
        """Write into the state of the stack, which is on this side and can be lost like any answer."""
        self._call(f"state {what}", lambda: state.update({what: value}), OSError("the backend does not answer"))

    def catch_up(self) -> None:
        """Let the jobs that were begun go on to their end: the host does not wait for us."""
        jobs, self._host.world.later = self._host.world.later or [], []
        for job in jobs:
            self._host.world.deaf = False
            job()

    def _run(self, argv: Argv, payload: dict[str, Any]) -> Result:
        self.catch_up()
        if not self._at(argv[2]).exists():
            return UNKNOWN_FILE
        try:
            answer = self._host.ask(argv[-1], **payload)
        except Died:
            return KILLED
        return Result(answer.get("error", {}).get("code", 0), json.dumps(answer).encode() + b"\n", b"")

    def _put(self, content: bytes, path: str, mode: int) -> None:
        place = self._at(path)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.unlink(missing_ok=True)
        place.write_bytes(content)
        place.chmod(mode)

    def _at(self, path: str) -> Path:
        return self._host.home.root / Path(path).relative_to(HOME)
