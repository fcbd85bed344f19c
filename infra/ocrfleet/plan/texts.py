"""A service as Pulumi inputs: texts with one word or one JSON value a line, so that a preview shows line diffs.

Numbers travel inside JSON text: Pulumi's own numbers are floats, and a digest must not depend on that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TEXTS = ("run", "proxyRun", "caddyfile", "gate", "settings")
# The golden page is one line of twenty thousand characters.
LONGEST_LINE = 200


def to_texts(service: Mapping[str, Any]) -> dict[str, str]:
    """Write a rendered service as inputs."""
    proxy = {name: value for name, value in service["proxy"].items() if name not in {"run", "caddyfile"}}
    rest = {name: value for name, value in service.items() if name not in {"run", "proxy", "gate"}}
    return {
        "run": "\n".join(service["run"]),
        "proxyRun": "\n".join(service["proxy"]["run"]),
        "caddyfile": service["proxy"]["caddyfile"],
        "gate": _lines(service["gate"]),
        "settings": _lines({**rest, "proxy": proxy}),
    }


def from_texts(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Read a rendered service back; the exact inverse of `to_texts`."""
    service: dict[str, Any] = json.loads(inputs["settings"])
    own = {"run": inputs["proxyRun"].split("\n"), "caddyfile": inputs["caddyfile"]}
    return {
        **service,
        "run": inputs["run"].split("\n"),
        "gate": json.loads(inputs["gate"]),
        "proxy": {**service["proxy"], **own},
    }


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """The lines in which two services differ, each text under its name."""
    # The provider starts twice in every run, and few runs need this.
    import difflib

    return [
        line.rstrip()[:LONGEST_LINE]
        for name in new
        for line in difflib.unified_diff(old[name].splitlines(), new[name].splitlines(), name, name, n=1, lineterm="")
    ]


def _lines(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
