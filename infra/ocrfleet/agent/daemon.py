"""What a Docker engine says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ocrfleet.agent.objects import object_of
from ocrfleet.agent.world import Done

ASK = ("docker", "info", "--format={{json .}}")
NO_COMMAND = 127


@dataclass(frozen=True)
class Daemon:
    """An engine's version, the folder in which it keeps everything, and why it cannot be used, in one sentence."""

    version: str
    root: str
    problem: str | None

    @classmethod
    def of(cls, done: Done) -> Daemon:
        """Read the answer to `ASK`; a client that reached no engine says so in it, or beside it, by its age."""
        told = object_of(done.out) or {}
        return cls(told.get("ServerVersion", ""), told.get("DockerRootDir", ""), _problem(done, told))

    @property
    def major(self) -> int | None:
        """The first number of the version; None where that says something else."""
        first = self.version.partition(".")[0]
        return int(first) if first.isdigit() else None


def _problem(done: Done, told: dict[str, Any]) -> str | None:
    if done.code == NO_COMMAND:
        return "there is no docker command on the host"
    if done.code or told.get("ServerErrors") or not told:
        said = told.get("ServerErrors") or done.err.strip().splitlines() or ["no reason"]
        return f"the Docker engine does not answer: {said[-1]}"
    if "name=rootless" in told.get("SecurityOptions", []):
        return "Docker runs rootless there, which cannot give containers static addresses and GPUs as we need"
    return None
