"""Compares the rules of a tunnel three ways: as they were written last, as they are, as they should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocrfleet.edge.wanted import WantedEdge

Rule = Mapping[str, Any]
Rules = Sequence[Rule]


def changed_elsewhere(edge: WantedEdge, written: Rules | None, found: Rules) -> tuple[str, ...]:
    """Say what somebody else changed since our last write and the next one would undo; nothing for nothing."""
    wanted = {door.hostname for door in edge.doors}
    return tuple(_lines(_by_name(written or ()), _by_name(found), wanted))


def lost(edge: WantedEdge, found: Rules) -> tuple[str, ...]:
    """Names that a tunnel answers to now and would not after the next write."""
    return tuple(sorted(_names(found) - {door.hostname for door in edge.doors}))


def shown(rule: Rule | None) -> str:
    """A rule in one line."""
    if rule is None:
        return "nothing"
    access = (rule.get("originRequest") or {}).get("access") or {}
    guard = f"checked for {access.get('teamName')}" if access.get("required") else "not checked"
    return f"{rule.get('path') or 'every path'} to {rule.get('service')}, {guard}"


def _lines(written: Mapping[str, Rule], found: Mapping[str, Rule], wanted: set[str]) -> Iterator[str]:
    for name in sorted(written.keys() | found.keys()):
        before, now = written.get(name), found.get(name)
        if before != now:
            then = "kept" if name in wanted else "taken away"
            yield f"{name or 'any other name'}: written {shown(before)}; found {shown(now)}; by the host file {then}"


def _by_name(rules: Rules) -> dict[str, Rule]:
    """Rules by their names; several of one name by number, as their order decides."""
    found: dict[str, Rule] = {}
    for rule in rules:
        name = str(rule.get("hostname") or "")
        more = sum(key.partition(" ")[0] == name for key in found)
        found[f"{name} ({more + 1})" if more else name] = rule
    return found


def _names(rules: Rules) -> set[str]:
    return {str(rule["hostname"]) for rule in rules if rule.get("hostname")}
