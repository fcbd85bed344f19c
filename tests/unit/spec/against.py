"""Checks a value against the few words of JSON schema that ours uses."""

import re
from collections.abc import Iterator
from typing import Any

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def against(root: dict[str, Any], schema: dict[str, Any], value: Any) -> Iterator[str]:
    """Give what is wrong with a value."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    options = schema.get("anyOf", [schema])
    if not any(_fits(option, value) for option in options):
        yield f"{value!r} is not {schema}"
    elif isinstance(value, dict):
        yield from _inside(root, schema, value)
    elif isinstance(value, list):
        yield from (wrong for entry in value for wrong in against(root, schema["items"], entry))


def _fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether a value's type, text and size are as the schema says."""
    if "$ref" in schema:
        return isinstance(value, dict)
    if not isinstance(value, KINDS[schema["type"]]):
        return False
    return all(_holds(word, schema[word], value) for word in schema.keys() & RULES.keys())


def _holds(word: str, limit: Any, value: Any) -> bool:
    return bool(RULES[word](limit, value))


RULES: dict[str, Any] = {
    "enum": lambda limit, value: value in limit,
    "maxItems": lambda limit, value: len(value) <= limit,
    "maximum": lambda limit, value: value <= limit,
    "minimum": lambda limit, value: value >= limit,
    "pattern": re.search,
}


def _inside(root: dict[str, Any], schema: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    """Check the keys of a mapping and what is under them."""
    yield from (f"{key} is missing" for key in schema.get("required", ()) if key not in value)
    for key, inner in value.items():
        known = _of_key(schema, key)
        yield from against(root, known, inner) if known else [f"{key} is unknown"]


def _of_key(schema: dict[str, Any], key: str) -> Any:
    """The schema of what is under a key; nothing where the key may not be."""
    if not _fits({"type": "string", **schema.get("propertyNames", {})}, key):
        return None
    matching = (inner for name, inner in schema.get("patternProperties", {}).items() if re.search(name, key))
    return schema.get("properties", {}).get(key) or next(matching, schema["additionalProperties"])
