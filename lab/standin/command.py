"""vLLM's command line, strictly: every flag of the version's table, and nothing that is not in it."""

import json
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Rows = Mapping[str, Mapping[str, Any]]
UNITS = {"k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def parse(argv: Sequence[str], rows: Rows) -> dict[str, Any]:
    """The flags by name, None where one is not given; anything wrong ends the program as it ends vLLM's."""
    parser = ArgumentParser("vllm", allow_abbrev=False)
    parser.add_argument("model_tag", nargs="?")
    for name, row in rows.items():
        parser.add_argument(f"--{name}", dest=name, **_how(row))
    plain, inside = _split(argv, rows)
    found = vars(parser.parse_args(plain))
    return {**found, **inside}


def _how(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = row["kind"]
    if kind == "switch":
        return {"action": BooleanOptionalAction}
    if kind == "flag":
        return {"action": "store_true"}
    if kind == "choice":
        known = {str(one): one for one in row["choices"]}
        return {"choices": list(row["choices"]), "type": lambda text: known.get(text, text)}
    return {"type": TYPES[kind], **({"nargs": "+"} if row["many"] else {})}


def _size(text: str) -> int | str:
    if text == "auto":
        return text
    return round(float(text[:-1]) * UNITS[text[-1]]) if text[-1:] in UNITS else int(text)


TYPES: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "size": _size,
    "text": str,
    "keys": json.loads,
    "json": json.loads,
}


def _split(argv: Sequence[str], rows: Rows) -> tuple[list[str], dict[str, Any]]:
    """Put `--flag.key=value` aside; vLLM makes JSON of them. Underscores in a flag's name are dashes."""
    plain: list[str] = []
    inside: dict[str, Any] = {}
    for word in argv:
        name, equals, value = word.partition("=")
        flag, dot, key = name.removeprefix("--").replace("_", "-").partition(".")
        if word.startswith("--") and dot and equals and rows.get(flag, {}).get("kind") in {"keys", "json"}:
            inside.setdefault(flag, {})[key] = _value(value)
        else:
            plain.append(f"--{flag}{equals}{value}" if word.startswith("--") and not dot else word)
    return plain, inside


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
