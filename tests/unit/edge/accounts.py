"""What an account answers for tests: one with the edge as it should be, and things to change in it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ocrfleet.edge.declared import application, ingress, policy, record, token_name
from ocrfleet.edge.scopes import NEEDED
from ocrfleet.edge.seen import Seen
from tests.unit.edge.wanted import ZONE, wanted

NOW = datetime(2027, 1, 1, tzinfo=UTC)
EDGE = wanted()
DOOR = EDGE.doors[0]
NAME = DOOR.hostname
TOKENS = ("token", "token-2")
OURS = frozenset({"tunnel", *TOKENS, "policy", "app", "record"})
RULES = ingress(EDGE, {NAME: "tag"})


def account(**changes: Any) -> Seen:
    """An account in which a stack has made the edge."""
    rule = {**policy(EDGE, DOOR, dict(zip(EDGE.tokens, TOKENS, strict=True))), "id": "policy"}
    app = {**application(EDGE, DOOR, "policy"), "id": "app", "aud": "tag", "policies": [rule]}
    seen = Seen(
        token={"id": "t", "status": "active"},
        permissions=NEEDED,
        zones=({"id": "zone", "name": ZONE, "account": {"id": "account", "name": "Example"}},),
        organization={"auth_domain": "example.cloudflareaccess.com", "deny_unmatched_requests": True},
        tunnels=({"id": "tunnel", "name": EDGE.tunnel, "deleted_at": None},),
        configs={"tunnel": {"version": 1, "config": {"ingress": deepcopy(RULES)}}},
        service_tokens=tuple(
            {"id": its_id, "name": token_name(EDGE, name)} for its_id, name in zip(TOKENS, EDGE.tokens, strict=True)
        ),
        policies=(rule,),
        apps=(app,),
        records=({**record(DOOR, "tunnel"), "id": "record"},),
    )
    return replace(seen, **changes)


def app(name: str, *uris: str, policies: Any = (), **more: Any) -> dict[str, Any]:
    """An application of somebody's."""
    destinations = [{"type": "public", "uri": uri, **more} for uri in uris]
    return {"id": name, "name": name, "destinations": destinations, "policies": list(policies)}


def rule(decision: str, *who: str, **more: Any) -> dict[str, Any]:
    """A policy."""
    return {"name": "p", "decision": decision, "include": [{one: {}} for one in who], **more}


def cname(name: str, to: str = "tunnel") -> dict[str, Any]:
    return {"id": f"r-{name}", "type": "CNAME", "name": name, "content": f"{to}.cfargotunnel.com"}
