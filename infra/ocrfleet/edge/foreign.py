"""What has a public name of a host and is not its stack's: it is never changed nor taken away."""

from __future__ import annotations

from ocrfleet.edge.declared import target
from ocrfleet.edge.seen import Seen, Thing, uris
from ocrfleet.edge.wanted import Door, WantedEdge


def foreign_records(edge: WantedEdge, door: Door, seen: Seen, ours: frozenset[str]) -> list[Thing]:
    """Records that lead elsewhere than to the edge's tunnel; `ours` are the ids of all that the stack made."""
    return [one for one in seen.addresses(door.hostname) if one["id"] not in ours and not leads_to(edge, one, seen)]


def foreign_apps(door: Door, seen: Seen, ours: frozenset[str]) -> list[Thing]:
    """Applications about the name that are about paths of it or about other names, too."""
    return [app for app in seen.apps_of(door.hostname) if app["id"] not in ours and list(uris(app)) != [door.hostname]]


def leads_to(edge: WantedEdge, record: Thing, seen: Seen) -> bool:
    """Whether a record leads to the edge's tunnel."""
    tunnel = seen.tunnel(edge.tunnel)
    return tunnel is not None and record["type"] == "CNAME" and record["content"] == target(tunnel["id"])
