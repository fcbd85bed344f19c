"""A choke point on the operator's side: every call that leaves this process has a number; one is refused, or kills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ocrfleet.errors import Refused
from ocrfleet.secrets import Secret

T = TypeVar("T")
BEFORE, AFTER, REFUSED = "before", "after", "refused"


class Killed(BaseException):
    """The operator's process is gone."""


@dataclass
class Steps:
    """Counts calls; looks at the world after each; kills before or after the n-th, or refuses it."""

    look: Callable[[], None]
    kill: tuple[int, str] = (0, BEFORE)
    count: int = 0
    names: list[str] = field(default_factory=list)

    def take(self, name: str, effect: Callable[[], T]) -> T:
        """Have an effect, unless the process dies before it or after it."""
        self.count += 1
        self.names.append(name)
        if self.kill == (self.count, BEFORE):
            raise Killed
        if self.kill == (self.count, REFUSED):
            raise Refused("no", fix="ask for it")
        result = effect()
        self.look()
        if self.kill == (self.count, AFTER):
            raise Killed
        return result


@dataclass
class Store:
    """A store in this process that can be killed at; `ever` is everything it ever said of a secret."""

    steps: Steps
    values: dict[str, Secret]
    kind: str = "config"

    def read(self, at: str | None = None) -> dict[str, Secret]:
        return self.steps.take("store read", lambda: dict(self.values))

    def write(self, changes: Mapping[str, Secret]) -> str | None:
        self.steps.take("store write", lambda: self.values.update(changes))
        return None

    def revisions(self) -> Any:
        raise NotImplementedError

    def restore(self, at: str) -> str:
        raise NotImplementedError


def every_kill(run: Callable[[tuple[int, str]], int]) -> Iterator[tuple[int, str]]:
    """Every place at which a run can be killed; `run` is given (0, …), which kills nowhere, and counts its calls."""
    for number in range(1, run((0, BEFORE)) + 1):
        yield number, BEFORE
        yield number, AFTER


def every_refusal(run: Callable[[tuple[int, str]], int]) -> Iterator[tuple[int, str]]:
    """Every call of a run that can be refused."""
    for number in range(1, run((0, BEFORE)) + 1):
        yield number, REFUSED
