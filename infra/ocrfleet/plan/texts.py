"""A service as Pulumi inputs: texts with one word or one JSON value a line, so that a preview shows line diffs.

Numbers travel inside JSON text: Pulumi's own numbers are floats, and a digest must not depend on that. Pictures do not
travel: `pinned` says why, and `pictures` finds them again.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ocrfleet.plan.pinned import BETWEEN, pinned

TEXTS = ("run", "proxyRun", "caddyfile", "gate", "settings")
PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/]+=*)")
NAME = re.compile(rf"picture{BETWEEN}([0-9a-f]{{64}})")
# Gives a picture of the project by its SHA-256.
Pictures = Callable[[str], bytes]


def to_texts(service: Mapping[str, Any]) -> dict[str, str]:
    """Write a rendered service as inputs."""
    proxy = {name: value for name, value in service["proxy"].items() if name not in {"run", "caddyfile"}}
    rest = {name: value for name, value in service.items() if name not in {"run", "proxy", "gate"}}
    return {
        "run": "\n".join(service["run"]),
        "proxyRun": "\n".join(service["proxy"]["run"]),
        "caddyfile": service["proxy"]["caddyfile"],
        "gate": PICTURE.sub(_name, _lines(service["gate"])),
        "settings": _lines({**rest, "proxy": proxy}),
    }


def from_texts(inputs: Mapping[str, Any], pictures: Pictures) -> dict[str, Any]:
    """Read a rendered service back; the exact inverse of `to_texts`. Raises what `pictures` raises."""
    gate = NAME.sub(lambda found: _data(pictures(found[1])), inputs["gate"])
    service: dict[str, Any] = json.loads(inputs["settings"])
    own = {"run": inputs["proxyRun"].split("\n"), "caddyfile": inputs["caddyfile"]}
    return {
        **service,
        "run": inputs["run"].split("\n"),
        "gate": json.loads(gate),
        "proxy": {**service["proxy"], **own},
    }


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """The lines in which two services differ, each text under its name."""
    # The provider starts twice in every run, and few runs need this.
    import difflib

    return [
        line.rstrip()
        for name in new
        for line in difflib.unified_diff(old[name].splitlines(), new[name].splitlines(), name, name, n=1, lineterm="")
    ]


def _lines(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


def _name(picture: re.Match[str]) -> str:
    return pinned("picture", base64.b64decode(picture[1]))


def _data(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"
