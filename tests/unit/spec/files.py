"""Host files for tests: the lab's, with something changed."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from ocrfleet.errors import BadHostFile
from ocrfleet.spec import HostSpec, parse_host
from ocrfleet.spec.loader import read_keys
from ocrfleet.spec.marks import Marks

ROOT = Path(__file__).parents[3]
FILE = "hosts/lab.yaml"
# Without its edge: whoever reaches it from outside is tried apart.
LAB = re.sub(r"\n# Public on .*\nedge:\n(?: .*\n)+", "", (ROOT / FILE).read_text(encoding="utf-8"))
# Where the file itself chooses the keys.
FREE = {"build.secrets", "engine.flags", "engine.env"}


def parse(text: str, name: str = "lab") -> HostSpec:
    """Read a host file's text."""
    return parse_host(text, file=FILE, name=name)


def problems(text: str) -> list[str]:
    """What is wrong with a host file, a line each."""
    try:
        parse(text)
    except BadHostFile as error:
        return [str(problem) for problem in error.problems]
    raise AssertionError("the file was accepted")


def changed(path: str, value: Any) -> str:
    """The lab's host file with one key set, written as JSON, which is YAML."""
    return with_values({path: value})


def with_values(values: Mapping[str, Any]) -> str:
    """The lab's host file with several keys set."""
    data = deepcopy(_lab()[0])
    for path, value in values.items():
        *around, last = path.split(".")
        here = data
        for key in around:
            here = here.setdefault(key, {})
        here[last] = value
    # JSON writes a rare character as two halves, which YAML does not put together again.
    return re.sub(r"\\ud[89ab]..\\ud[c-f]..", lambda pair: json.loads(f'"{pair[0]}"'), json.dumps(data, indent=1))


@cache
def _lab() -> tuple[dict[Any, Any], Marks]:
    return read_keys(LAB, FILE)


def keys() -> dict[str, int]:
    """Every key of the lab's host file, with its line."""
    _, marks = _lab()
    return {".".join(map(str, path)): line for path, line in marks.lines.items() if not isinstance(path[-1], int)}


def value_of(path: str) -> Any:
    """The value of a key of the lab's host file."""
    here: Any = _lab()[0]
    for key in path.split("."):
        here = here[key]
    return here


def without(path: str) -> str:
    """The lab's text without a key and what is under it."""
    lines, start, end = _lines(path)
    key = path.rpartition(".")[2]
    flow = not lines[start].lstrip().startswith(f"{key}:")
    kept = [lines[start].partition("{")[0] + "{}"] if flow else []
    return "\n".join([*lines[:start], *kept, *lines[end:]])


def misspelt(path: str) -> str:
    """The lab's text with a letter too many in a key, or, where keys are free, with one that no key may have."""
    lines, start, _ = _lines(path)
    parent, _, key = path.rpartition(".")
    wrong = f"{key}!" if parent in FREE else f"{key}q"
    return "\n".join([*lines[:start], lines[start].replace(f"{key}:", f"{wrong}:", 1), *lines[start + 1 :]])


def with_value(path: str, value: str) -> str:
    """The lab's text with YAML in place of a key's value."""
    lines, start, end = _lines(path)
    key = path.rpartition(".")[2]
    before, _, after = lines[start].partition(f"{key}:")
    rest = "}" if before.strip() and after.endswith("}") else ""
    return "\n".join([*lines[:start], f"{before}{key}: {value}{rest}", *lines[end:]])


def _lines(path: str) -> tuple[list[str], int, int]:
    """The text's lines, and which of them are a key's."""
    lines = LAB.split("\n")
    start = keys()[path] - 1
    indent = len(lines[start]) - len(lines[start].lstrip())
    deeper = [line.startswith(" " * (indent + 1)) for line in lines[start + 1 :]]
    return lines, start, start + 1 + deeper.index(False)
