"""What a resource of ours is to the provider process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ocrfleet.errors import OcrfleetError

Values = Mapping[str, Any]


class Voice(Protocol):
    """Where progress of one resource goes."""

    def status(self, line: str) -> None:
        """Show what is happening now; the next line replaces it."""
        ...

    def note(self, line: str) -> None:
        """Show a line that stays."""
        ...

    def warn(self, line: str) -> None:
        """Show a warning that stays."""
        ...


@dataclass(frozen=True)
class Task:
    """One call of the engine: where progress goes, whether it is a preview or given up, and still awaited."""

    voice: Voice
    preview: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    # Whether the answer will be heard: an engine that was killed writes nothing into its state.
    awaited: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Difference:
    """In which properties a resource must change, none for no change; whether by one more before the old one goes.

    Who is told to replace it all the same, as by `pulumi up --replace`, has the old one go first with `alone`.
    """

    properties: tuple[str, ...] = ()
    replaces: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Found:
    """A resource as it really is; without id it is gone."""

    id: str
    outputs: Values = field(default_factory=dict)
    inputs: Values = field(default_factory=dict)


class Half(Exception):
    """The world changed but the wish was not met: what is really there, and the error that says why."""

    def __init__(self, found: Found, error: OcrfleetError) -> None:
        super().__init__(str(error))
        self.found, self.error = found, error


class Cancelled(Exception):
    """The engine no longer waits; the host's job goes on."""


class Resource(Protocol):
    """Everything the engine can ask about one kind of resource."""

    def diff(self, olds: Values, news: Values, task: Task) -> Difference:
        """Compare what is wanted with what the host is."""
        ...

    def apply(self, olds: Values | None, news: Values, task: Task) -> Found:
        """Make the host so; raise Half when it failed after something changed."""
        ...

    def read(self, found: Found, task: Task) -> Found:
        """Tell what is really there."""
        ...

    def delete(self, outputs: Values, task: Task) -> None:
        """Take it off the host."""
        ...
