"""A request to an engine in this process, and when its answer is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocrfleet.agent.wire import Reply
from tests.unit.agent.behaviour import BROKEN_OFF
from tests.unit.agent.boxes import Box

if TYPE_CHECKING:
    from tests.unit.agent.outside import Outside


@dataclass
class Errand:
    """One request; `due` is when its answer is there, if the engine lives until then."""

    outside: Outside
    box: Box | None
    path: str
    said: Reply
    due: float
    is_dropped: bool = False

    @property
    def reply(self) -> Reply | None:
        """The answer, None until it is there."""
        return self.answer() if self.outside.seconds >= self.due else None

    def drop(self) -> None:
        """Hang up."""
        self.is_dropped = True

    def answer(self) -> Reply:
        """What comes back: nothing of an engine that has ended meanwhile."""
        if self.box is None:
            return self.said
        if not self.box.running:
            return BROKEN_OFF
        if self.path == "v1/chat/completions" and self.outside.behaviour(self.box).reads_the_page():
            self.outside.proved.add(self.box.labels.get("ocrfleet.release", self.box.id))
        return self.said
