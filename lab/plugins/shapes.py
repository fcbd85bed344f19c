"""Which properties a real plugin's resources have, read out of its Python SDK.

An SDK is read as text: importing one takes seconds, and the nested types of one are a file of ten megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PROPERTY = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n    def (\w+)\(self\) -> (.+):\n')
NESTED = re.compile(r"'(?:outputs\.)?(\w+)'")


@dataclass(frozen=True)
class Property:
    """One property by its name on the wire; `kind` is the class of what is in it, where that has properties too."""

    name: str
    required: bool
    kind: str | None
    text: bool
    package: str


Shape = Mapping[str, Property]


def inputs(package: str, module: str, resource: str) -> Shape:
    """The properties a resource takes."""
    return _shape(package, f"{module}.py", f"{resource}Args")


def outputs(package: str, module: str, resource: str) -> Shape:
    """The properties a resource has."""
    return _shape(package, f"{module}.py", resource)


def wrong(values: Mapping[str, Any], shape: Shape, *, path: str = "") -> Iterator[tuple[str, str]]:
    """Give every property that the SDK does not have or that is missing, with what is wrong."""
    for name, found in shape.items():
        if found.required and values.get(name) is None:
            yield f"{path}{name}", "is required"
    for name, value in values.items():
        if name in shape:
            yield from _inside(value, shape[name], path=f"{path}{name}.")
        else:
            yield f"{path}{name}", "is no property of the SDK"


def _inside(value: Any, found: Property, *, path: str) -> Iterator[tuple[str, str]]:
    for entry in value if isinstance(value, list) else [value]:
        if found.kind and isinstance(entry, dict):
            yield from wrong(entry, _shape(found.package, "_inputs.py", found.kind), path=path)


@cache
def _shape(package: str, file: str, name: str) -> Shape:
    text = _text(package, file)
    start = re.search(rf"^class {name}[:(]", text, re.MULTILINE)
    if start is None:
        raise LookupError(f"the SDK has no {name} in {file}")
    end = re.compile(r"^(class|@pulumi|def) ?", re.MULTILINE).search(text, start.end())
    found = PROPERTY.finditer(text, start.end(), end.start() if end else len(text))
    rows = [(wire or python, hint) for wire, python, hint in (one.groups() for one in found)]
    return {name: _property(package, name, hint) for name, hint in rows}


def _property(package: str, name: str, hint: str) -> Property:
    nested = NESTED.findall(hint)
    kind = next((one for one in nested if one.endswith("Args")), None)
    return Property(name, "Optional" not in hint, kind, "_builtins.str" in hint and "Sequence" not in hint, package)


@cache
def _text(package: str, file: str) -> str:
    spec = find_spec(f"pulumi_{package}")
    if spec is None or spec.origin is None:
        raise LookupError(f"pulumi_{package} is not installed")
    return (Path(spec.origin).parent / file).read_text(encoding="utf-8")
