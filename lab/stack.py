"""The Pulumi stack `lab`: its file backend, its secrets, and the real `pulumi up`."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping

from lab.places import Places
from lab.shell import run
from lab.steps import Tell
from ocrfleet.remote.host import WAIT

NAME, KEY = "lab", "ocrfleet:api-key"
# A run that was ended by ^C leaves its deploy at work on the host.
WAIT_SECONDS = "300"


class Stack:
    """The stack `lab` of this checkout."""

    def __init__(self, places: Places, env: Mapping[str, str]) -> None:
        self._places, self._env = places, env

    def ensure(self, tell: Tell) -> str:
        """Make the stack and its API key when they are missing; return the key."""
        if NAME not in self.names(tell):
            # A stack file without its stack has secrets that nothing can read any more.
            self._places.stack_file.unlink(missing_ok=True)
            self._pulumi(tell, "stack", "init", NAME)
        found = json.loads(self._pulumi(_quietly, "config", f"--stack={NAME}", "--json", "--show-secrets"))
        if KEY in found:
            return str(found[KEY]["value"])
        key = secrets.token_urlsafe(32)
        self._pulumi(tell, "config", "set", "--secret", f"--stack={NAME}", KEY, stdin=key)
        return key

    def names(self, tell: Tell) -> list[str]:
        """Every stack of the backend."""
        rows = json.loads(self._pulumi(tell, "stack", "ls", "--all", "--json"))
        return [row["name"].rpartition("/")[2] for row in rows]

    def up(self, tell: Tell) -> None:
        """Deploy; raises LabError with the last lines when it fails."""

        # Pulumi marks the passing of time by lines that start with @; our own clock shows that.
        def calm(line: str) -> None:
            if not line.startswith("@"):
                tell(line)

        patient = Stack(self._places, {**self._env, WAIT: WAIT_SECONDS})
        patient._pulumi(calm, "up", f"--stack={NAME}", "--yes", "--skip-preview")

    def forget(self, tell: Tell) -> None:
        """Remove the stack from the backend; its host is gone, so there is nothing to destroy."""
        self._pulumi(tell, "stack", "rm", "--force", "--yes", NAME)

    def unlock(self, tell: Tell) -> None:
        """Take away the lock of a run that was killed; a run that is alive keeps its own."""
        for lock in self._places.state.glob(f".pulumi/locks/organization/*/{NAME}/*.json"):
            if not _is_alive(json.loads(lock.read_bytes())["pid"]):
                self._pulumi(tell, "cancel", "--yes", f"--stack={NAME}")
                return

    def _pulumi(self, tell: Tell, *words: str, stdin: str = "") -> str:
        return run(["pulumi", *words, "--non-interactive"], tell, env=self._env, cwd=self._places.root, stdin=stdin)


def _quietly(_: str) -> None:
    """Show nothing of what holds secrets."""


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
