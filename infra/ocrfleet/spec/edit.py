"""Changes one key of a host file and leaves every other character as it is."""

from __future__ import annotations

import json
from typing import Any

import yaml


def pin_host_key(text: str, line: str) -> str:
    """Return a host file's text with `ssh.known_hosts` set to this one line."""
    ssh = _child(yaml.compose(text, yaml.SafeLoader), "ssh")
    entry = f"known_hosts: [{json.dumps(line)}]"
    found = next((pair for pair in ssh.value if pair[0].value == "known_hosts"), None)
    if found is None:
        first = ssh.value[0][0].start_mark
        return f"{text[: first.index]}{entry}\n{' ' * first.column}{text[first.index :]}"
    key, value = found
    end = value.end_mark.index
    # A block list ends where the next key begins; give back the line break and the indent in between.
    kept = text[key.start_mark.index : end]
    tail = kept[len(kept.rstrip()) :]
    return f"{text[: key.start_mark.index]}{entry}{tail}{text[end:]}"


def _child(node: Any, name: str) -> Any:
    return next(value for key, value in node.value if key.value == name)
