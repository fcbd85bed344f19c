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
        """The disk that the deploy takes, about; None where the host knows no image to tell it by."""
        image = self._image_gib(builds=builds)
        return None if image is None else round(image + self._model_gib, 2)

    def notes(self, *, builds: bool) -> tuple[str, ...]:
        """One sentence each on the disk and on what is kept."""
        return (self._disk(builds=builds), self._retention())

    @property
    def _model_gib(self) -> float:
        return self.disk["model_gib"] or 0.0

    def _image_gib(self, *, builds: bool) -> float | None:
        image = self.disk["image_gib"]
        return 0.0 if not builds else None if image is None else round(TIMES * image, 2)

    def _disk(self, *, builds: bool) -> str:
        needs, free, floor = self._needs(builds=builds), self.disk["free_gib"], self.disk["floor_gib"]
        if free is None:
            return f"disk: {needs}, how much is free is not known"
        short = (self._image_gib(builds=builds) or 0.0) + self._model_gib > free - (floor or 0.0)
        return f"disk: {needs}, {free} GiB free" + (f", of which {floor} are to stay so: NOT ENOUGH" if short else "")

    def _needs(self, *, builds: bool) -> str:
        """What the image takes and what the model takes, as far as each can be known."""
        image, needs = self._image_gib(builds=builds), list[str]()
        if image is None:
            needs.append("how much a first image takes is not known")
        elif builds:
            needs.append(f"about {image} GiB needed (twice the image that serves)")
        if self._model_gib:
            needs.append(f"about {self._model_gib} GiB for the model (only its hub knows its true size)")
        return ", ".join(needs) or "nothing to build"

    def _retention(self) -> str:
        kept = f"release {_row(self.kept)}" if self.kept else "nothing; there is no good release yet"
        return f"kept for a rollback: {kept}" + (f"; pruned: release {_row(self.going)}" if self.going else "")


def _row(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
