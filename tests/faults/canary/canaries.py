"""Secrets that can be recognised wherever they turn up, and in what form. Pure."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Canary:
    """One planted secret."""

    name: str
    value: str

    @classmethod
    def hatch(cls, name: str) -> Canary:
        """A value that nothing else has."""
        return cls(name, f"canary-{name}-{secrets.token_hex(16)}")

    def forms(self) -> Iterator[tuple[str, str]]:
        """Every way in which it may be written, by name."""
        raw = self.value.encode()
        yield "plain", self.value
        yield "hex", raw.hex()
        yield "backwards", self.value[::-1]
        for before in range(3):
            yield f"base64 after {before} bytes", _inside(raw, before)


def _inside(raw: bytes, before: int) -> str:
    """What base64 makes of it within something longer: without the characters that its neighbours have a part in."""
    text = base64.b64encode(bytes(before) + raw).decode()
    return text[(0, 2, 3)[before] : len(text) - 4]


def needles(canaries: Iterable[Canary]) -> dict[str, str]:
    """What to look for, and which secret in which form it is."""
    return {needle: f"{canary.name} ({form})" for canary in canaries for form, needle in canary.forms()}


def hits(canaries: Iterable[Canary], text: str) -> set[str]:
    """Which secrets are in a text, and in which form."""
    return {what for needle, what in needles(canaries).items() if needle in text}
