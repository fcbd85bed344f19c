"""What is asked of a host while one of its agent's calls goes wrong, and how it is seen to be done once in the end."""

from __future__ import annotations

import time
from typing import Any, Protocol

from ocrfleet.agent.names import content_digest
from ocrfleet.plan.image import bases_of
from tests.faults.onhost.seen import Seen
from tests.faults.onhost.stage import Outcome, Stage, outcome

BASE = "ocrfleet-lab/debian:bookworm"
# Long enough to be found only where it is.
CANARY = b"canary-" + b"b" * 32


class Operation(Protocol):
    """Something that was never asked of this host before."""

    verb: str

    def ask(self) -> Outcome:
        """Ask for it."""
        ...

    def converges(self, before: Seen) -> None:
        """Ask until it is done, and see that asking once more changes nothing."""
        ...


class Deploy:
    """Deploys a new release."""

    verb = "deploy"

    def __init__(self, stage: Stage, strategy: str) -> None:
        self._stage, self._wanted = stage, stage.wish("sampled", strategy)

    def ask(self) -> Outcome:
        return self._stage.deploy(self._wanted)

    def converges(self, before: Seen) -> None:
        self._stage.converges(self._wanted)


class Rollback:
    """Goes back to the release before, and lifts the pin afterwards."""

    verb = "rollback"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        ahead = stage.deploy(stage.wish("ahead", "start-first"))
        assert ahead.code == 0, ahead.error

    def ask(self) -> Outcome:
        lines: list[str] = []
        return outcome(lambda: self._stage.remote.rollback(None, lines.append), lines)

    def converges(self, before: Seen) -> None:
        if self._stage.at_rest().serving == before.serving:
            again = self.ask()
            assert again.code == 0, again.error
        seen = self._stage.at_rest()
        assert seen.serving == before.previous
        assert seen.raw["state"]["pinned"] == before.previous
        self._stage.remote.tell("unpin")
        self._stage.reads()


class Build:
    """Builds a small image."""

    verb = "build"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._files = {"Dockerfile": f"FROM {BASE}\nLABEL trial={time.time_ns()}\nRUN true\n"}

    def ask(self) -> Outcome:
        lines: list[str] = []
        return outcome(lambda: {"image": self._build(lines)}, lines)

    def _build(self, lines: list[str]) -> str:
        plan: dict[str, Any] = {
            "host": self._stage.lab.name,
            "name": "sampled",
            "context": content_digest(self._files),
            "bases": bases_of(self._files),
            "arch": "amd64",
            "limit_seconds": 120.0,
        }
        return self._stage.remote.build(plan, self._files, {"canary": CANARY}, self._stage.owner, lines.append)

    def converges(self, before: Seen) -> None:
        first, second = self.ask(), self.ask()
        assert (first.code, second.code) == (0, 0), (first.error, second.error)
        assert first.result == second.result
        seen = self._stage.at_rest()
        assert seen.serving == before.serving
        built = [line for line in seen.raw["audit"] if line["outcome"] == "built"]
        earlier = [line for line in before.raw["audit"] if line["outcome"] == "built"]
        # A line of the audit may be what was broken.
        assert len(built) <= len(earlier) + 1, "it was built twice"
        self._stage.lab.inside("docker", "image", "rm", "--force", str((first.result or {})["image"]))
