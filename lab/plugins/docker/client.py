"""Runs the Docker command line: here, or over SSH with exactly the options that the program gives."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lab.plugins.package import Refusal

SECONDS = 300
ABSENT = re.compile(r"no such (object|container|image|network)|network \S+ not found", re.IGNORECASE)


class DockerError(Refusal):
    """Docker said no, or could not be reached; `gone` when what was named is not there."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"docker {what}: {said}")
        self.gone = bool(ABSENT.search(said))


class Client:
    """One Docker engine."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._door = door(settings.get("host") or os.environ.get("DOCKER_HOST") or "", _listed(settings.get("sshOpts")))

    def run(self, *argv: str) -> str:
        """Return what a command of Docker's prints; raise DockerError."""
        words = [*self._door, shlex.join(["docker", *argv])] if self._door[:1] == ["ssh"] else [*self._door, *argv]
        try:
            done = subprocess.run(
                words,
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DockerError(argv[0], type(error).__name__) from None
        if done.returncode:
            raise DockerError(" ".join(argv[:2]), done.stderr.strip() or f"exit code {done.returncode}")
        return done.stdout.strip()

    def look(self, what: str, name: str) -> dict[str, Any] | None:
        """What Docker knows of a container, an image or a network; None where it is not there."""
        try:
            found: list[dict[str, Any]] = json.loads(self.run(what, "inspect", name))
        except DockerError as error:
            if error.gone:
                return None
            raise
        return found[0]


def door(host: str, ssh_options: list[str]) -> list[str]:
    """The words before those of Docker's own command line."""
    if not host.startswith("ssh://"):
        return ["docker", *([f"--host={host}"] if host else [])]
    url = urlsplit(host)
    port = ["-p", str(url.port)] if url.port else []
    return ["ssh", *ssh_options, *(["-l", url.username] if url.username else []), *port, "--", url.hostname or ""]


def _listed(said: Any) -> list[str]:
    """A list of the program's, which travels as JSON."""
    found: list[str] = json.loads(said) if isinstance(said, str) else said or []
    return found
