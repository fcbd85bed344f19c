"""Looks for names that anybody can reach: every record that leads to a tunnel, and every rule of every tunnel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ocrfleet.edge.seen import SUFFIX, Seen, Thing, covers, uris, whole

CLOSED = {"deny"}
ANYBODY = {"everyone", "any_valid_service_token"}


@dataclass(frozen=True)
class Opening:
    """One name, where it is public, and why nobody is kept out."""

    name: str
    where: str
    why: str


def openings(seen: Seen) -> list[Opening]:
    """Every uncovered name of an account, and the switch that would close them all."""
    names = [*_records(seen), *_rules(seen)]
    found = [Opening(name, where, why) for name, where in names for why in _whys(name, seen)]
    off = not (seen.organization or {}).get("deny_unmatched_requests")
    switch = [Opening("(any name)", "organization", "deny_unmatched_requests is off")] if off else []
    return [*dict.fromkeys(found), *switch]


def _records(seen: Seen) -> Iterator[tuple[str, str]]:
    for record in seen.records:
        if record["type"] == "CNAME" and record["content"].endswith(SUFFIX):
            yield record["name"], "record"


def _rules(seen: Seen) -> Iterator[tuple[str, str]]:
    """Names of rules; one that takes any name is no opening where it only answers with a status."""
    for tunnel in seen.tunnels:
        for rule in seen.rules(tunnel["id"]):
            if rule.get("hostname"):
                yield rule["hostname"], f"rule of {tunnel['name']}"
            elif not str(rule.get("service")).startswith("http_status:"):
                yield "*", f"rule of {tunnel['name']}"


def _whys(name: str, seen: Seen) -> Iterator[str]:
    """Why somebody without a credential gets to a name, or to a part of it."""
    apps = [app for app in seen.apps if any(_guards(uri, name) for uri in uris(app))]
    if not any(whole(uri) for app in apps for uri in uris(app) if _guards(uri, name)):
        paths = sorted(uri for app in apps for uri in uris(app))
        yield f"only {', '.join(paths)} has an application" if paths else "no application covers it"
    for app in apps:
        yield from (f"{app['name']}: {why}" for why in _open(app))


def _guards(uri: str, name: str) -> bool:
    """Whether an application is about a name; a name with a wildcard is guarded by the same wildcard only."""
    host = uri.partition("/")[0]
    return host == name if name.startswith("*") else covers(uri, name)


def _open(app: Thing) -> Iterator[str]:
    for destination in app.get("destinations") or []:
        for path in destination.get("overrides") or []:
            yield f"the path {path.get('path_pattern')} is public"
    for policy in app.get("policies") or []:
        decision = policy.get("decision")
        who = sorted(ANYBODY & {kind for rule in policy.get("include") or [] for kind in _kinds(rule)})
        if decision == "bypass":
            yield f"its policy {policy.get('name')} is a bypass"
        elif who and decision not in CLOSED and not policy.get("require"):
            yield f"its policy {policy.get('name')} lets in {' and '.join(who)}"


def _kinds(rule: dict[str, Any]) -> set[str]:
    return set(rule)
