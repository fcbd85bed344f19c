"""Judges what an engine read against what the golden page says. Pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST_PHRASE, REPEATS = 24, 6
QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})


def normalise(text: str) -> str:
    """Drop what engines rightly differ in: spacing, line breaks, heading marks, the form of quotes and dashes."""
    plain = unicodedata.normalize("NFKC", text).translate(QUOTES)
    return " ".join(re.sub(r"[#*_|]+", " ", plain).split())


def error_rate(expected: str, got: str) -> float:
    """Character error rate: edits needed per expected character, after normalising; may exceed 1."""
    want, have = normalise(expected), normalise(got)
    return _distance(want, have) / max(len(want), 1)


def loop_in(text: str) -> str | None:
    """The phrase a text repeats at least six times in a row, if it does: how OCR models fail most."""
    words = text.split()
    for size in range(1, LONGEST_PHRASE + 1):
        run = 0
        for index in range(size, len(words)):
            run = run + 1 if words[index] == words[index - size] else 0
            if run >= size * (REPEATS - 1):
                return " ".join(words[index - size + 1 : index + 1])
    return None


def _distance(one: str, two: str) -> int:
    """Levenshtein distance, one row at a time."""
    row = list(range(len(two) + 1))
    for i, left in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(two, 1):
            cheapest = min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
            diagonal, row[j] = row[j], cheapest
    return row[-1]
