"""Pulumi's property values as Python values, secrets and unknowns included.

The two signatures and the unknown are part of Pulumi's wire protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.struct_pb2 import Struct

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  the protocol's mark for a secret, not a secret
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Secret:
    """A value that Pulumi encrypts in its state and hides in its output. Never shown by repr."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(…)"


def read(struct: Struct) -> dict[str, Any]:
    """Turn properties from the wire into Python values."""
    return {name: _read(value) for name, value in struct.fields.items()}


def write(values: Mapping[str, Any]) -> Struct:
    """Turn Python values into properties for the wire."""
    struct = Struct()
    struct.update(_plain(values))
    return struct


def _read(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
            return Secret(_read(fields["value"]))
        return {name: _read(inner) for name, inner in fields.items()}
    if kind == "list_value":
        return [_read(inner) for inner in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return None if kind in {None, "null_value"} else getattr(value, kind)


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": _plain(value.value)}
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
