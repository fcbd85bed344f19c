"""Which YAML a host file is: plain keys and values, as editors and the JSON schema understand them.

Aliases, tags, dates, octal numbers and `no` for false are left out: each of them makes a value something other than
what stands there.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import yaml
from yaml.composer import Composer, ComposerError
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # its stubs forget to export it
from yaml.resolver import BaseResolver

NOT_TEXT = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,17})", list("-+0123456789")),
    ("float", r"[-+]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,18})?(?:[eE][-+]?[0-9]{1,3})?", list("-+0123456789")),
)


class _Kinds(Composer, BaseResolver):
    """Text, numbers, true, false and null."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  YAML's own attribute, filled below

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[attr-defined]
        if event.anchor is not None or getattr(event, "tag", None) is not None:
            raise ComposerError(None, None, "expected no anchors, aliases or tags", event.start_mark)
        return super().compose_node(parent, index)


for kind, pattern, starts in NOT_TEXT:
    _Kinds.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^(?:{pattern})$"), starts)


class Plain(_Kinds, yaml.SafeLoader):
    """Reads with Python alone, and says best what is wrong and where."""


class Quick(_Kinds, CParser, SafeConstructor):
    """Reads the same five times as fast with the C library that comes inside the package."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        BaseResolver.__init__(self)


def composed(text: str) -> tuple[Any, Any]:
    """Return the node of a text, which knows its lines, and its value; raise YAMLError in the words of `Plain`."""
    with suppress(yaml.YAMLError, UnicodeError):
        return _read(Quick(text))
    return _read(Plain(text))


def _read(loader: Any) -> tuple[Any, Any]:
    node = loader.get_single_node()
    return node, loader.construct_document(node) if node else None
