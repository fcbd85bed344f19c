"""The flags and environment variables of every vLLM version read so far; `scripts/make_flags.py` writes the table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

PATH = Path(__file__).with_name("table.json")
Kind = Literal["switch", "flag", "int", "size", "float", "text", "choice", "keys", "json"]


@dataclass(frozen=True)
class Flag:
    """What one flag takes in one version."""

    kind: Kind
    choices: tuple[Any, ...] = ()
    keys: tuple[str, ...] = ()
    many: bool = False
    default: str | None = None


class Table:
    """Every version that was read, by the SHA-256 of its source."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.versions: Mapping[str, str] = raw["versions"]
        self._raw = raw

    def flags(self, version: str) -> dict[str, Flag]:
        """Every flag that a version takes."""
        rows = {name: _at(version, spans) for name, spans in self._raw["flags"].items()}
        return {name: _flag(row) for name, row in rows.items() if row is not None}

    def variables(self, version: str) -> set[str]:
        """The environment variables that a version reads."""
        return {name for name, spans in self._raw["env"].items() if _at(version, spans) is not None}

    def near(self, part: Literal["flags", "env"], name: str, version: str) -> str:
        """Say what becomes of a name that this version does not know."""
        spans = self._raw[part].get(name)
        known = self.flags(version) if part == "flags" else self.variables(version)
        close = get_close_matches(name, sorted(known), n=1)
        guess = f"; did you mean {close[0]}?" if close else ""
        if spans and number(spans[-1]["until"]) < number(version):
            return f"vLLM {version} has it no more: {spans[-1]['until']} was the last{guess}"
        if spans:
            return f"vLLM {version} does not have it: it came with {_next(spans, version)}{guess}"
        return f"vLLM {version} has no such name{guess}"


@cache
def table() -> Table:
    """Read the table, once."""
    return Table(json.loads(PATH.read_text(encoding="utf-8")))


@cache
def number(version: str) -> tuple[int, ...]:
    """Put versions in order."""
    return tuple(map(int, version.split(".")))


def _at(version: str, spans: list[dict[str, Any]]) -> dict[str, Any] | None:
    here = number(version)
    return next((span for span in spans if number(span["since"]) <= here <= number(span["until"])), None)


def _next(spans: list[dict[str, Any]], version: str) -> str:
    later = (span["since"] for span in spans if number(span["since"]) > number(version))
    return str(next(later, spans[-1]["since"]))


def _flag(row: dict[str, Any]) -> Flag:
    lists = {name: tuple(row.get(name, ())) for name in ("choices", "keys")}
    return Flag(row["kind"], **lists, many=row.get("many", False), default=row.get("default"))
