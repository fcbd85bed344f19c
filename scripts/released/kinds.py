"""What values a flag takes, from the annotation of the field it fills: the rules of vLLM's own `get_kwargs`."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.released.source import Found, Source

AROUND = {"Optional", "Union", "Annotated", "SkipValidation"}
COLLECTIONS = {"list", "tuple", "set", "List", "Tuple", "Set", "Sequence"}
MAPPINGS = {"dict", "Dict", "Mapping"}
PLAIN = ("bool", "int", "float")


@dataclass(frozen=True)
class Hint:
    """One member of a union: its word, and what it holds."""

    word: str
    inside: tuple[Any, ...] = ()


def hints(source: Source, found: Found) -> list[Hint]:
    """The members of an annotation, aliases followed."""
    return list(_hints(source, found.node, found.module))


def kind(found: list[Hint]) -> dict[str, Any]:
    """The kind of a flag, with its choices or keys, as vLLM decides it."""
    by_word = {hint.word: hint for hint in found}
    if "config" in by_word:
        known = sorted(by_word["config"].inside)
        return {"kind": "keys", **({"keys": known} if known else {})}
    if "bool" in by_word:
        return {"kind": "text" if "str" in by_word else "switch"}
    if "Literal" in by_word:
        free = {"kind": "text"}
        return free if "str" in by_word else {"kind": "choice", "choices": _sorted(by_word["Literal"].inside)}
    if "list" in by_word:
        inner = kind(list(by_word["list"].inside))
        return {**inner, "kind": {"switch": "text"}.get(inner["kind"], inner["kind"]), "many": True}
    plain = next((word for word in PLAIN if word in by_word), None)
    return {"kind": plain or ("keys" if "dict" in by_word else "text")}


def _sorted(choices: tuple[Any, ...]) -> list[Any]:
    return sorted(choices, key=str)


def _hints(source: Source, node: ast.AST, module: str) -> Iterator[Hint]:
    if isinstance(node, ast.BinOp):
        yield from _hints(source, node.left, module)
        yield from _hints(source, node.right, module)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _hints(source, ast.parse(node.value, mode="eval").body, module)
    elif isinstance(node, ast.Subscript):
        yield from _subscript(source, node, module)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield from _named(source, node.id if isinstance(node, ast.Name) else node.attr, module)
    elif isinstance(node, ast.Constant) and node.value is None:
        yield Hint("None")


def _subscript(source: Source, node: ast.Subscript, module: str) -> Iterator[Hint]:
    word = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if word in AROUND:
        for one in inner[:1] if word == "Annotated" else inner:
            yield from _hints(source, one, module)
    elif word == "Literal":
        yield Hint("Literal", tuple(value for one in inner for value in _literals(source, one, module)))
    elif word in COLLECTIONS:
        yield Hint("list", tuple(_hints(source, inner[0], module)))
    else:
        yield Hint("dict" if word in MAPPINGS else word)


def _literals(source: Source, node: ast.expr, module: str) -> Iterator[Any]:
    if isinstance(node, ast.Constant):
        yield node.value
        return
    for hint in _hints(source, node, module):
        yield from hint.inside


def _named(source: Source, name: str, module: str) -> Iterator[Hint]:
    if name in {*PLAIN, "str", "Any"}:
        yield Hint(name)
    elif name in MAPPINGS | COLLECTIONS:
        yield Hint("dict" if name in MAPPINGS else "list", (Hint("str"),))
    else:
        found = source.find(module, name)
        if found is None:
            yield Hint("other")
        elif isinstance(found.node, ast.ClassDef):
            yield _class(source, found, found.node)
        else:
            yield from _hints(source, found.node, found.module)


def _class(source: Source, found: Found, node: ast.ClassDef) -> Hint:
    """A configuration class takes its fields as keys, a mapping any key; any other class takes text."""
    if any(ast.unparse(base).partition("[")[0] in MAPPINGS for base in node.bases):
        return Hint("config")
    marks = [ast.unparse(mark) for mark in node.decorator_list]
    is_config = any(mark.partition("(")[0].rpartition(".")[2] in {"config", "dataclass"} for mark in marks)
    return Hint("config", tuple(name for name, _ in fields(source, found))) if is_config else Hint("other")


def fields(source: Source, found: Found) -> Iterator[tuple[str, Found]]:
    """The annotated fields of a class and of what it inherits from."""
    for base in getattr(found.node, "bases", []):
        above = source.find(found.module, base.id) if isinstance(base, ast.Name) else None
        if above:
            yield from fields(source, above)
    for node in getattr(found.node, "body", []):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, Found(node.annotation, found.module)
