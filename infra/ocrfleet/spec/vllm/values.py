"""Whether a value fits a flag; says what was expected and never repeats the value."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ocrfleet.spec.vllm.table import Flag

SIZE = re.compile(r"[0-9]+(\.[0-9]+)?[kKmMgGtT]?|auto|-1")
MOST_SHOWN = 12
Check = Callable[[Any], bool]


def misfit(name: str, flag: Flag, value: Any) -> str | None:
    """What a flag's value should be, when this is not that; `name` may go on with the key inside the flag."""
    inside = name.partition(".")[2]
    if inside or flag.kind in {"keys", "json"}:
        return _inside(name, flag, inside, value)
    values = value if isinstance(value, list | tuple) else [value]
    if not flag.many and isinstance(value, list | tuple):
        return "expected one value, not a list"
    if not values:
        return "expected at least one value"
    return None if all(_fits(flag, one) for one in values) else f"expected {_what(flag)}"


def _inside(name: str, flag: Flag, inside: str, value: Any) -> str | None:
    if flag.kind != "keys":
        return "expected no keys inside" if inside else "expected nothing: its value is JSON, which no host file holds"
    if not inside:
        return f"expected one key inside it, like {name}.{flag.keys[0] if flag.keys else 'image'}"
    if flag.keys and inside.partition(".")[0] not in flag.keys:
        return f"expected one of its keys: {_some(flag.keys)}"
    return "expected one value, not a list" if isinstance(value, list | tuple) else None


def _fits(flag: Flag, value: Any) -> bool:
    return value in flag.choices if flag.kind == "choice" else FITS[flag.kind](value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, str) and bool(SIZE.fullmatch(value)))


FITS: Mapping[str, Check] = {
    "switch": lambda value: isinstance(value, bool),
    "flag": lambda value: value is True,
    "int": _is_whole,
    "size": _is_size,
    "float": _is_number,
    "text": lambda value: isinstance(value, str) or _is_number(value),
}


def _what(flag: Flag) -> str:
    words = {
        "switch": "true or false",
        "flag": "true, or no such flag at all",
        "int": "a whole number",
        "size": "a whole number, or one like 8k",
        "float": "a number",
        "text": "text",
        "choice": f"one of {_some(tuple(map(str, flag.choices)))}",
    }
    return words[flag.kind]


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(names[:MOST_SHOWN]) + more
