"""What a fault meets: an agent that stands still at one step of a deploy, and the operator who waits for it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from lab.project import LabProject
from ocrfleet.remote import Remote
from tests.faults.onhost.plant import go_on
from tests.faults.onhost.stage import Outcome, Stage

FORGOTTEN_SECONDS = 240.0


@dataclass
class Scene:
    """One fault at one moment; `chance` is what the seed leaves open."""

    stage: Stage
    wanted: dict[str, Any]
    asked: Future[Outcome]
    chance: random.Random
    moving: bool
    step: str

    @property
    def lab(self) -> LabProject:
        return self.stage.lab

    def go_on(self, *, within: float = 0.0) -> None:
        """Let the agent go on; with `within`, return when it has done so for some time up to that many seconds."""
        go_on(self.lab)
        time.sleep(self.chance.uniform(0.0, within))

    def outcome(self) -> Outcome:
        """How it ended for the operator."""
        return self.asked.result(FORGOTTEN_SECONDS)


Strike = Callable[[Scene], None]
Arrange = Callable[[Stage], AbstractContextManager[Remote]]


@contextmanager
def as_it_is(stage: Stage) -> Iterator[Remote]:
    """Nothing to prepare: the operator reaches the host as always."""
    yield stage.lab.remote


@dataclass(frozen=True)
class Fault:
    """What happens, what must be prepared for it, and with which exit codes the operator may be told of it.

    A fault that strikes while the agent moves may come too late to do harm, so success is allowed then.
    """

    name: str
    strike: Strike
    codes: frozenset[int]
    arranged: Arrange = as_it_is
    # Whether it makes sense only while the agent stands still.
    stands: bool = False

    def allows(self, code: int, *, moving: bool) -> bool:
        """Whether the operator may be told so."""
        return code in self.codes or (moving and code == 0)
