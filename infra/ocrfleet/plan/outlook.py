"""What a deploy would meet on its host, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# While an image is built its layers are there twice: in the build's cache and in the image.
TIMES = 2


@dataclass(frozen=True)
class Outlook:
    """The answer of the agent's verb `outlook`; a size is None where it could not be told."""

    refused: Mapping[str, str] | None
    peak_gib: float | None
    disk: Mapping[str, float | None]
    kept: tuple[int, ...]
    going: tuple[int, ...]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Outlook:
        """Read an answer; what a newer agent adds is ignored."""
        return cls(raw["refused"], raw["peak_gib"], raw["disk"], tuple(raw["kept"]), tuple(raw["going"]))

    @property
    def refusal(self) -> str | None:
        """What a deploy would be refused for, and what to do about it."""
        return (
            None
            if self.refused is None
            else f"would be refused: {self.refused['failed']}; next: {self.refused['next']}"
        )

    def needed_gib(self, *, builds: bool) -> float | None:
        """The disk that the deploy takes; None where the host knows no image to tell it by."""
        image = self.disk["image_gib"]
        return None if builds and image is None else round(TIMES * (image or 0.0), 2) if builds else 0.0

    def notes(self, *, builds: bool) -> tuple[str, ...]:
        """One sentence each on the disk and on what is kept."""
        return (self._disk(builds=builds), self._retention())

    def _disk(self, *, builds: bool) -> str:
        needed, free, floor = self.needed_gib(builds=builds), self.disk["free_gib"], self.disk["floor_gib"]
        if needed is None:
            needs = "how much a first image takes is not known"
        else:
            needs = f"about {needed} GiB needed (twice the image that serves)" if builds else "nothing to build"
        if free is None:
            return f"disk: {needs}, how much is free is not known"
        short = (needed or 0.0) > free - (floor or 0.0)
        return f"disk: {needs}, {free} GiB free" + (f", of which {floor} are to stay so: NOT ENOUGH" if short else "")

    def _retention(self) -> str:
        kept = f"release {_row(self.kept)}" if self.kept else "nothing; there is no good release yet"
        return f"kept for a rollback: {kept}" + (f"; pruned: release {_row(self.going)}" if self.going else "")


def _row(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
