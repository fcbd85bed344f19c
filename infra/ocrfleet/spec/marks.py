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
        lines: dict[Path, int] = {}
        problems = []
        for path, line in _walk(node, ()):
            if path in lines:
                twice = f"expected once, but it stands on line {lines[path]} too"
                problems.append(Problem(file, line, dotted(path), twice))
            lines.setdefault(path, line)
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
    """Give every key and list entry with its line; of a key that stands there twice, what is under the first."""
    if node.id == "mapping":
        seen = set()
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1
            if here not in seen:
                yield from _walk(value, here)
            seen.add(here)
    elif node.id == "sequence":
        for index, value in enumerate(node.value):
            here = (*path, index)
            yield here, value.start_mark.line + 1
            yield from _walk(value, here)
