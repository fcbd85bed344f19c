"""Remembers on which line of a file each key stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ocrfleet.errors import Problem

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Marks:
    """The line of every key of one YAML file, and the keys that stand there twice."""

    file: str
    lines: dict[Path, int]
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, node: Any, file: str) -> "Marks":
        """Walk a composed YAML node."""
        found = list(_walk(node, ()))
        lines: dict[Path, int] = {}
        twice = [(path, line) for path, line in found if lines.setdefault(path, line) != line]
        problems = [
            Problem(file, line, dotted(path), f"expected once, but it stands on line {lines[path]} too")
            for path, line in twice
        ]
        return cls(file, lines, tuple(problems))

    def problem(self, path: Path, expected: str) -> Problem:
        """Name a problem at a key, or at the nearest key around it when the key itself is missing."""
        at = path
        while at and at not in self.lines:
            at = at[:-1]
        return Problem(self.file, self.lines.get(at, 1), dotted(path), expected)


def dotted(path: Path) -> str:
    """Write a key's path as people say it: ssh.known_hosts[0]."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "(file)"


def _walk(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    if node.id == "mapping":
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _walk(value, here)
    elif node.id == "sequence":
        for index, value in enumerate(node.value):
            here = (*path, index)
            yield here, value.start_mark.line + 1
            yield from _walk(value, here)
