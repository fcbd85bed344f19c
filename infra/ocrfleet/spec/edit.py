"""Changes one key of a host file and leaves every other character as it is."""

from __future__ import annotations

import json
from typing import Any

import yaml

from ocrfleet.spec.loader import Plain


def pin_host_key(text: str, line: str) -> str:
    """Return a host file's text with `ssh.known_hosts` set to this one line."""
    ssh = _child(yaml.compose(text, Plain), "ssh")
    found = _child(ssh, "known_hosts")
    if found is None:
        return _insert(text, ssh, f"known_hosts: [{json.dumps(line)}]")
    if found.flow_style or not found.value:
        return _put(text, found, f"[{json.dumps(line)}]")
    first, *others = found.value
    for other in reversed(others):
        text = _without_lines(text, other)
    return _put(text, first, json.dumps(line))


def _child(mapping: Any, name: str) -> Any:
    return next((value for key, value in mapping.value if key.value == name), None)


def _insert(text: str, mapping: Any, entry: str) -> str:
    """Put an entry before a mapping's first key, in the mapping's own style."""
    first = mapping.value[0][0].start_mark
    line_end = "\r\n" if "\r\n" in text else "\n"
    between = ", " if mapping.flow_style else f"{line_end}{' ' * first.column}"
    return f"{text[: first.index]}{entry}{between}{text[first.index :]}"


def _put(text: str, node: Any, value: str) -> str:
    return f"{text[: node.start_mark.index]}{value}{text[node.end_mark.index :]}"


def _without_lines(text: str, entry: Any) -> str:
    """Drop the lines of one entry of a list; comments around it stay."""
    begin = text.rfind("\n", 0, entry.start_mark.index) + 1
    end = text.find("\n", entry.end_mark.index) + 1
    return text[:begin] + (text[end:] if end else "")
