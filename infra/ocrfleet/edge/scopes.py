"""What the token of the API may do, beside what an edge needs: missing and surplus scopes by name."""

from __future__ import annotations

from datetime import datetime, timedelta

from ocrfleet.edge.seen import Seen
from ocrfleet.plan.finding import Finding

READ, WRITE = " Read", " Write"
TUNNEL, APPS, TOKENS = "Cloudflare Tunnel", "Access: Apps and Policies", "Access: Service Tokens"
ORGANIZATION, DNS, ZONE, OWN = "Access: Organizations, Identity Providers, and Groups", "DNS", "Zone", "API Tokens"
NEEDED = frozenset(
    {*(f"{one}{WRITE}" for one in (TUNNEL, APPS, TOKENS, DNS)), f"{ORGANIZATION}{READ}", f"{ZONE}{READ}"}
)
# Lets the token tell its own scopes, without which only what is missing for reading can be known.
USEFUL = frozenset({f"{OWN}{READ}"})
SOON = timedelta(days=14)


def token_findings(seen: Seen, now: datetime) -> list[Finding]:
    """Judge the token itself."""
    return [_valid(seen), _lasting(seen, now), _enough(seen), _not_too_much(seen)]


def _valid(seen: Seen) -> Finding:
    status = str(seen.token.get("status"))
    good = status == "active"
    return Finding("API token", good, status if good else f"{status}: make another one and set CLOUDFLARE_API_TOKEN")


def _lasting(seen: Seen, now: datetime) -> Finding:
    end = seen.token.get("expires_on")
    if not end:
        return Finding("API token's end", good=True, detail="never; one that ends is safer")
    left = datetime.fromisoformat(end) - now
    words = f"{end}, in {left.days} days"
    return Finding("API token's end", left > timedelta(), f"{words}: make its successor now" if left < SOON else words)


def _enough(seen: Seen) -> Finding:
    missing = sorted(seen.refused if seen.permissions is None else lacking(seen.permissions))
    if missing:
        return Finding("API token's scopes", good=False, detail=f"missing: {', '.join(missing)}")
    known = (
        "all that are needed"
        if seen.permissions is not None
        else "it may read all; whether it may write it may not tell"
    )
    return Finding("API token's scopes", good=True, detail=known)


def _not_too_much(seen: Seen) -> Finding:
    if seen.permissions is None:
        return Finding("API token's surplus", good=True, detail=f"not known without {OWN}{READ}")
    surplus = sorted(seen.permissions - NEEDED - USEFUL - {f"{one}{READ}" for one in (TUNNEL, APPS, TOKENS, DNS)})
    more = [*surplus, *(["every zone and account"] if seen.everywhere else [])]
    return Finding("API token's surplus", good=True, detail=f"take away: {', '.join(more)}" if more else "none")


def lacking(permissions: frozenset[str]) -> set[str]:
    """Which needed scopes are not there; who may write may read."""
    readable = {scope.replace(WRITE, READ) for scope in permissions} | permissions
    return {scope for scope in NEEDED if scope not in readable}
