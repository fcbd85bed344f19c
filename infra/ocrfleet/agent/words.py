"""Fills in the words of an argument list that only the host knows."""

from __future__ import annotations


def fill(argv: list[str], *, placement: list[str], image: str) -> list[str]:
    """Replace the elements `@placement` and `@image`; whole elements only, so that no value can be one by accident."""
    words: list[str] = []
    for word in argv:
        words += placement if word == "@placement" else [image] if word == "@image" else [word]
    return words
