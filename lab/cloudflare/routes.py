"""Which call goes where, and what a token must be allowed for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.cloudflare import access, service_tokens, tunnels, zones
from lab.cloudflare.answers import Answer, Call, Denied

TUNNEL, APPS, TOKENS = "Cloudflare Tunnel", "Access: Apps and Policies", "Access: Service Tokens"
ORGANIZATION, DNS, ZONE = "Access: Organizations, Identity Providers, and Groups", "DNS", "Zone"
OWN = "API Tokens"
READ, WRITE = "Read", "Write"

Deed = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """One call of the API."""

    method: str
    pattern: re.Pattern[str]
    deed: Deed
    scopes: frozenset[str]


def _route(method: str, path: str, deed: Deed, group: str | None, *, secret: bool = False) -> Route:
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.replace("{a}", "{account_id}")))
    enough = {WRITE} if secret or method != "GET" else {READ, WRITE}
    return Route(method, pattern, deed, frozenset(f"{group} {level}" for level in enough) if group else frozenset())


def _all(path: str, key: str, group: str, deeds: tuple[Any, ...], method: str = "PUT") -> list[Route]:
    """The five calls of one kind of thing."""
    create, listed, read, change, delete = deeds
    one = f"{path}/{{{key}}}"
    return [
        _route("POST", path, create, group),
        _route("GET", path, listed, group),
        _route("GET", one, read, group),
        _route(method, one, change, group),
        _route("DELETE", one, delete, group),
    ]


A = "/accounts/{a}"
ROUTES = (
    _route("GET", "/user/tokens/verify", zones.verify, None),
    _route("GET", "/user/tokens/{permit_id}", zones.permit, OWN),
    _route("GET", "/accounts", zones.accounts, None),
    _route("GET", "/zones", zones.zones, ZONE),
    _route("GET", "/zones/{zone_id}", zones.zone, ZONE),
    _route("GET", f"{A}/access/organizations", zones.organization, ORGANIZATION),
    *_all(
        f"{A}/cfd_tunnel",
        "tunnel_id",
        TUNNEL,
        (tunnels.create, tunnels.listed, tunnels.read, tunnels.change, tunnels.delete),
        "PATCH",
    ),
    _route("GET", f"{A}/cfd_tunnel/{{tunnel_id}}/token", tunnels.token, TUNNEL, secret=True),
    _route("DELETE", f"{A}/cfd_tunnel/{{tunnel_id}}/connections", tunnels.throw_out, TUNNEL),
    _route("GET", f"{A}/cfd_tunnel/{{tunnel_id}}/configurations", tunnels.configured, TUNNEL),
    _route("PUT", f"{A}/cfd_tunnel/{{tunnel_id}}/configurations", tunnels.configure, TUNNEL),
    *_all(
        f"{A}/access/service_tokens",
        "token_id",
        TOKENS,
        (
            service_tokens.create,
            service_tokens.listed,
            service_tokens.read,
            service_tokens.change,
            service_tokens.delete,
        ),
    ),
    _route("POST", f"{A}/access/service_tokens/{{token_id}}/rotate", service_tokens.rotate, TOKENS),
    _route("POST", f"{A}/access/service_tokens/{{token_id}}/refresh", service_tokens.refresh, TOKENS),
    *_all(
        f"{A}/access/policies",
        "policy_id",
        APPS,
        (access.create_policy, access.list_policies, access.read_policy, access.change_policy, access.delete_policy),
    ),
    *_all(
        f"{A}/access/apps",
        "app_id",
        APPS,
        (access.create_app, access.list_apps, access.read_app, access.change_app, access.delete_app),
    ),
    *_all(
        "/zones/{zone_id}/dns_records",
        "record_id",
        DNS,
        (zones.create_record, zones.list_records, zones.read_record, zones.change_record, zones.delete_record),
    ),
    _route("PATCH", "/zones/{zone_id}/dns_records/{record_id}", zones.change_record, DNS),
)


def find(call: Call) -> tuple[Route, dict[str, str]]:
    """Return the route of a call and the ids in its path."""
    for route in ROUTES:
        found = route.pattern.fullmatch(call.path) if route.method == call.method else None
        if found:
            return route, found.groupdict()
    raise Denied(404, 7000, f"No route for that URI: {call}")
