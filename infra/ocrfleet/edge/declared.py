"""What a wanted edge is in Cloudflare's own terms: values of the API, with what only the account knows left open.

Tunnel id, token ids and audience tags come in as whatever the caller has: text, or a promise of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from ocrfleet.edge.wanted import Door, WantedEdge, both

T = TypeVar("T")
NOTHING_ELSE = {"service": "http_status:404"}
COMMENT = "kept by ocrfleet"


def token_name(edge: WantedEdge, token: str) -> str:
    """Name a service token in the account."""
    return edge.named(token)


def policy(edge: WantedEdge, door: Door, tokens: Mapping[str, T]) -> dict[str, Any]:
    """Let in whoever shows a token of a consumer of this door, and nobody else."""
    return {
        "name": edge.named(door.hostname),
        "decision": "non_identity",
        "include": [
            {"service_token": {"token_id": tokens[one]}} for consumer in door.audience for one in both(consumer)
        ],
    }


def application(edge: WantedEdge, door: Door, policy_id: T) -> dict[str, Any]:
    """Guard the whole name, whatever its path."""
    return {
        "name": edge.named(door.hostname),
        "type": "self_hosted",
        "domain": door.hostname,
        "destinations": [{"type": "public", "uri": door.hostname}],
        "session_duration": door.session,
        "app_launcher_visible": False,
        "policies": [{"id": policy_id, "precedence": 1}],
    }


def ingress(edge: WantedEdge, tags: Mapping[str, T]) -> list[dict[str, Any]]:
    """List the tunnel's rules, each with its own check of who signed the request; the last one answers 404."""
    return [*(_rule(edge, door, tags[door.hostname]) for door in edge.doors), dict(NOTHING_ELSE)]


def record(door: Door, tunnel_id: str) -> dict[str, Any]:
    """Point a name at its tunnel."""
    return {
        "name": door.hostname,
        "type": "CNAME",
        "content": target(tunnel_id),
        "proxied": True,
        "ttl": 1,
        "comment": COMMENT,
    }


def target(tunnel_id: str) -> str:
    """Where a record of a tunnel points."""
    return f"{tunnel_id}.cfargotunnel.com"


def path_pattern(paths: tuple[str, ...]) -> str:
    """Match these paths and no others: cloudflared looks for its pattern anywhere in a path."""
    return f"^({'|'.join(re.escape(path).replace(chr(92) + '-', '-') for path in paths)})$"


def _rule(edge: WantedEdge, door: Door, tag: Any) -> dict[str, Any]:
    if not tag:
        raise ValueError(f"{door.hostname} has no audience tag: cloudflared would refuse everybody or check nobody")
    return {
        "hostname": door.hostname,
        "path": path_pattern(door.paths),
        "service": door.origin,
        "originRequest": {"access": {"required": True, "teamName": edge.team, "audTag": [tag]}},
    }


def shown(edge: WantedEdge) -> dict[str, Any]:
    """The whole edge for reading: what only the account knows is written as what it is."""
    tokens = {token: f"<token {token}>" for token in edge.tokens}
    tags = {door.hostname: f"<audience tag of {door.hostname}>" for door in edge.doors}
    return {
        "zone": edge.zone,
        "account": edge.account or "<the account of the zone>",
        "tunnel": edge.tunnel,
        "service_tokens": [token_name(edge, token) for token in edge.tokens],
        "policies": [policy(edge, door, tokens) for door in edge.doors],
        "applications": [application(edge, door, f"<policy of {door.hostname}>") for door in edge.doors],
        "ingress": ingress(edge, tags),
        "records": [record(door, "<tunnel>") for door in edge.doors],
    }
