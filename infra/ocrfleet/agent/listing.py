"""A container as `docker ps` lists it: enough to know which engines run, in one command for all of them."""

from __future__ import annotations

from dataclasses import dataclass

# What an engine's container carries: the number of its release.
RELEASE = "ocrfleet.release"
FORMAT = f'--format={{{{.ID}}}} {{{{.Label "{RELEASE}"}}}} {{{{.Names}}}} {{{{.State}}}}'
# Docker's words for a container that runs, and for one that its restart policy is about to start.
RUNNING = frozenset({"running", "restarting"})


@dataclass(frozen=True)
class Listed:
    """One container. `release` is empty where it is no engine."""

    id: str
    release: str
    name: str
    running: bool

    @classmethod
    def parse(cls, row: str) -> Listed:
        """Read one row that `FORMAT` asked for."""
        found, release, name, state = row.split(" ")
        return cls(found, release, name, state in RUNNING)
