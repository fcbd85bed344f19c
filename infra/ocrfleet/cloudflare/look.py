"""Looks at everything of an account that an edge is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ocrfleet.cloudflare.client import Client
from ocrfleet.edge.scopes import APPS, DNS, ORGANIZATION, READ, TOKENS, TUNNEL, WRITE, ZONE
from ocrfleet.edge.seen import Seen
from ocrfleet.errors import Forbidden, Refused

T = TypeVar("T")


def look(client: Client, zone: str) -> Seen:
    """Read the account of a zone, with the records of that zone; what the token may not read is named by its scope."""
    (seen,) = _Looking(client).seen(name=zone)
    return seen


def look_at_all(client: Client) -> list[Seen]:
    """Read every account that the token sees a zone of."""
    return _Looking(client).seen()


class _Looking:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._refused: set[str] = set()

    def seen(self, **which: str) -> list[Seen]:
        """Read accounts; where there is no zone to tell which, one that nothing is known of."""
        token = self._token()
        permissions, everywhere = self._permissions(token)
        zones = self._list(f"{ZONE}{READ}", "/zones", **which) if "id" in token else ()
        accounts: dict[str, list[Any]] = {}
        for zone in zones:
            accounts.setdefault(zone["account"]["id"], []).append(zone)
        found = [self._whole(account, of_it) for account, of_it in accounts.items()] or [{}]
        refused = frozenset(self._refused)
        return [Seen(token, permissions, everywhere, refused, **whole) for whole in found]

    def _whole(self, account: str, zones: list[Any]) -> dict[str, Any]:
        records = self._try(f"{DNS}{WRITE}", lambda: self._records(zones), ())
        return {"zones": tuple(zones), "records": records, **self._account(f"/accounts/{account}")}

    def _token(self) -> Any:
        try:
            return self._client.get("/user/tokens/verify")
        except Refused:
            return {"status": "invalid"}

    def _permissions(self, token: Any) -> tuple[frozenset[str] | None, bool]:
        """The token's scopes by name, and whether they hold for more than one account and zone."""
        if "id" not in token:
            return None, False
        try:
            policies = self._client.get(f"/user/tokens/{token['id']}")["policies"]
        except Forbidden:
            return None, False
        allowed = [policy for policy in policies if policy["effect"] == "allow"]
        names = frozenset(group["name"] for policy in allowed for group in policy["permission_groups"])
        return names, any(key.endswith("*") for policy in allowed for key in policy["resources"])

    def _records(self, zones: list[Any]) -> tuple[Any, ...]:
        return tuple(record for zone in zones for record in self._client.all(f"/zones/{zone['id']}/dns_records"))

    def _account(self, base: str) -> dict[str, Any]:
        tunnels = self._list(f"{TUNNEL}{WRITE}", f"{base}/cfd_tunnel", is_deleted="false")
        return {
            "organization": self._try(
                f"{ORGANIZATION}{READ}", lambda: self._client.get(f"{base}/access/organizations"), None
            ),
            "tunnels": tunnels,
            "configs": {
                one["id"]: self._client.get(f"{base}/cfd_tunnel/{one['id']}/configurations") for one in tunnels
            },
            "service_tokens": self._list(f"{TOKENS}{WRITE}", f"{base}/access/service_tokens"),
            "policies": self._list(f"{APPS}{WRITE}", f"{base}/access/policies"),
            "apps": self._list(f"{APPS}{WRITE}", f"{base}/access/apps"),
        }

    def _list(self, scope: str, path: str, **query: str) -> tuple[Any, ...]:
        return self._try(scope, lambda: self._client.all(path, **query), ())

    def _try(self, scope: str, read: Callable[[], T], otherwise: T) -> T:
        """Read, or remember which scope is missing for it."""
        try:
            return read()
        except Forbidden:
            self._refused.add(scope)
            return otherwise
