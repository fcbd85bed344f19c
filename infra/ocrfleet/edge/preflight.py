"""Judges, before anything is changed, whether an account can take the edge of a host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ocrfleet.edge.adopt import plan_adoption
from ocrfleet.edge.foreign import foreign_apps, foreign_records
from ocrfleet.edge.rules import Rules, changed_elsewhere
from ocrfleet.edge.scopes import token_findings
from ocrfleet.edge.seen import Seen
from ocrfleet.edge.wanted import Door, WantedEdge
from ocrfleet.plan.finding import Finding

SWITCHES = (
    ("deny_unmatched_requests", "names without an application", "let through"),
    ("strict_service_token_auth", "callers without a service token", "sent to a page for people"),
)


def judge_account(
    edge: WantedEdge, seen: Seen, *, now: datetime, written: Rules | None, ours: frozenset[str]
) -> list[Finding]:
    """Return every finding; `written` are the rules of our last deploy, `ours` the ids of all that our stack made."""
    return [
        *token_findings(seen, now),
        _zone(edge, seen),
        _team(edge, seen),
        *_switches(seen),
        _left(edge, seen, ours),
        _rules(edge, seen, written),
        *(finding for door in edge.doors for finding in (_record(edge, door, seen, ours), _app(door, seen, ours))),
    ]


def _zone(edge: WantedEdge, seen: Seen) -> Finding:
    zone = seen.zone(edge.zone)
    if zone is None:
        return Finding(
            "zone", good=False, detail=f"the token sees no zone {edge.zone}: correct edge.zone or its scopes"
        )
    account = zone["account"]
    if edge.account not in {None, account["id"], account["name"]}:
        why = f"{edge.zone} belongs to {account['name']}, not to {edge.account}: correct edge.account"
        return Finding("zone", good=False, detail=why)
    return Finding("zone", good=True, detail=f"{edge.zone} of {account['name']}")


def _team(edge: WantedEdge, seen: Seen) -> Finding:
    domain = (seen.organization or {}).get("auth_domain", "")
    if domain == f"{edge.team}.cloudflareaccess.com":
        return Finding("team", good=True, detail=domain)
    return Finding("team", good=False, detail=f"the account's is {domain or 'not known'}: correct edge.team")


def _switches(seen: Seen) -> Iterator[Finding]:
    """Two switches of the whole organization, which a deploy does not turn: others may need them as they are."""
    for switch, what, off in SWITCHES:
        on = bool((seen.organization or {}).get(switch))
        yield Finding(what, good=True, detail="refused" if on else f"{off}: turn on {switch} in the organization")


def _left(edge: WantedEdge, seen: Seen, ours: frozenset[str]) -> Finding:
    """What has names of ours although our stack does not know it: another of the same name would be made beside it."""
    found = [one.what for one in plan_adoption(edge, seen, ours).imports]
    if not found:
        return Finding("what is there already", good=True, detail="nothing but what this stack made")
    why = f"{'; '.join(found)}: take that over with ocrfleet edge adopt {edge.host}"
    return Finding("what is there already", good=False, detail=why)


def _rules(edge: WantedEdge, seen: Seen, written: Rules | None) -> Finding:
    tunnel = seen.tunnel(edge.tunnel)
    changes = changed_elsewhere(edge, written, seen.rules(tunnel["id"])) if tunnel and written is not None else ()
    if not changes:
        return Finding("rules", good=True, detail="as they were written last")
    why = "somebody changed them since the last deploy; take them into the host file, or deploy with --take-over"
    return Finding("rules", good=False, detail="\n".join((why, *changes)))


def _record(edge: WantedEdge, door: Door, seen: Seen, ours: frozenset[str]) -> Finding:
    foreign = foreign_records(edge, door, seen, ours)
    if not foreign:
        return Finding(f"record {door.hostname}", good=True, detail="no other has this name")
    (first, *_) = foreign
    what = f"there is a record {first['type']} {door.hostname} {first['content']} that is not of this stack"
    return Finding(f"record {door.hostname}", good=False, detail=f"{what}: take it away by hand, or use another name")


def _app(door: Door, seen: Seen, ours: frozenset[str]) -> Finding:
    foreign = foreign_apps(door, seen, ours)
    if not foreign:
        return Finding(f"application {door.hostname}", good=True, detail="no other is about this name")
    why = f"the application {foreign[0]['name']} is about this name, too: take it away by hand, or use another name"
    return Finding(f"application {door.hostname}", good=False, detail=why)
