"""Which versions of one API key are good: the valid one, and for a while another one beside it. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Validity:
    """The valid version and the one beside it: its successor while `until` is None, else what was valid before.

    `overlap` is for how many seconds the one that is followed stays good.
    """

    version: str
    beside: str | None = None
    until: float | None = None
    overlap: float = 0.0

    @classmethod
    def parse(cls, said: Any) -> Validity:
        """Read what a file says: a version alone, or all of it."""
        return cls(**said) if isinstance(said, dict) else cls(said)

    def plain(self) -> Any:
        """Write it as `parse` reads it."""
        return self.version if self.beside is None else asdict(self)

    def good(self, now: float) -> list[str]:
        """The versions that are good now."""
        return [self.version] if self.beside is None or self.is_over(now) else [self.version, self.beside]

    def is_over(self, now: float) -> bool:
        """Whether what is beside the valid version is good no more."""
        return self.until is not None and now >= self.until

    def at(self, now: float) -> Validity:
        """Leave out what is good no more."""
        return Validity(self.version) if self.is_over(now) else self

    def admit(self, version: str, overlap: float) -> Validity:
        """Let a successor in; whatever was beside the valid one is good no more."""
        return self if version == self.version else Validity(self.version, version, None, overlap)

    def become(self, version: str, now: float) -> Validity:
        """Make a version the valid one; a successor lets the one before stay for the overlap, whoever else does not."""
        if version == self.version:
            return self
        if version == self.beside and not self.is_over(now):
            return Validity(version, self.version, now + self.overlap, self.overlap)
        return Validity(version)
