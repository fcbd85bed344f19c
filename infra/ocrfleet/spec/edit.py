"""Changes keys of a host file, one at a time, and leaves every other character as it is."""

from __future__ import annotations

import json
from typing import Any

import yaml

from ocrfleet.spec.plain import Plain


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


def set_value(text: str, key: str, value: str) -> str:
    """Return a host file's text with another text under a key that is there, like `build.base`."""
    node = yaml.compose(text, Plain)
    for name in key.split("."):
        node = _child(node, name)
    return _put(text, node, value)


def without_waiver(text: str, name: str) -> str:
    """Return a host file's text without one waiver, and without `waivers` where that was the last."""
    root = yaml.compose(text, Plain)
    waivers = _child(root, "waivers")
    if len(waivers.value) == 1:
        return _without_entry(text, root, "waivers")
    if waivers.flow_style:
        kept = [text[key.start_mark.index : value.end_mark.index] for key, value in waivers.value if key.value != name]
        return _put(text, waivers, f"{{{', '.join(kept)}}}")
    return _without_entry(text, waivers, name)


def _without_entry(text: str, mapping: Any, name: str) -> str:
    """Drop the lines of one key and what is under it."""
    key, last = next(pair for pair in mapping.value if pair[0].value == name)
    while last.id == "mapping" and not last.flow_style:
        last = last.value[-1][1]
    begin = text.rfind("\n", 0, key.start_mark.index) + 1
    end = text.find("\n", last.end_mark.index) + 1
    return text[:begin] + (text[end:] if end else "")


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
