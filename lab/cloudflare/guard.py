"""Access at the edge: who is let through to a name, and with which signature."""

from __future__ import annotations

from typing import Any

from lab.cloudflare.account import Account
from lab.cloudflare.exposure import public
from lab.cloudflare.messages import CLIENT_ID, CLIENT_SECRET, JWT, Request, Response, said
from lab.cloudflare.service_tokens import accepts
from lab.cloudflare.signing import sign

CREDENTIALS = {CLIENT_ID, CLIENT_SECRET, JWT}


def tunnel_of(account: Account, host: str) -> str | None:
    """The tunnel a name leads to."""
    return next((tunnel for name, tunnel in public(account) if name == host), None)


def admit(account: Account, request: Request) -> Request | Response:
    """Return the request as it goes on, signed and without the caller's secret, or the refusal."""
    app = next((one for one in account.apps.values() if request.host in one["self_hosted_domains"]), None)
    if app is None:
        closed = account.organization["deny_unmatched_requests"]
        return said(403, "no application for this name") if closed else _without_credentials(request)
    shown = (request.headers.get(CLIENT_ID, ""), request.headers.get(CLIENT_SECRET, ""))
    if not _passes(account, app, accepts(account, *shown)):
        return said(401 if app.get("service_auth_401_redirect") else 403, "forbidden")
    signature = sign(account.team, app["aud"], shown[0], now=account.now())
    plain = _without_credentials(request)
    return Request(plain.method, plain.host, plain.path, {**plain.headers, JWT: signature}, plain.body)


def _passes(account: Account, app: dict[str, Any], token: str | None) -> bool:
    """The first policy that is about the caller decides; who no policy is about is refused."""
    for link in sorted(app["policies"], key=lambda one: one["precedence"]):
        policy = account.policies[link["id"]]
        if any(_about(rule, token) for rule in policy["include"]):
            return policy["decision"] in {"non_identity", "bypass", "allow"}
    return False


def _about(rule: dict[str, Any], token: str | None) -> bool:
    if "everyone" in rule:
        return True
    if token is None:
        return False
    return "any_valid_service_token" in rule or rule.get("service_token", {}).get("token_id") == token


def _without_credentials(request: Request) -> Request:
    kept = {name: value for name, value in request.headers.items() if name not in CREDENTIALS}
    return Request(request.method, request.host, request.path, kept, request.body)
