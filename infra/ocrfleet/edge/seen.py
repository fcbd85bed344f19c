"""What an account answered, as plain values of its API; what it would not tell is named by the missing scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Thing = Mapping[str, Any]
SUFFIX = ".cfargotunnel.com"
ADDRESSES = frozenset({"A", "AAAA", "CNAME"})


@dataclass(frozen=True)
class Seen:
    """One account. `permissions` are the token's own, or None where it may not read them."""

    token: Thing
    permissions: frozenset[str] | None = None
    everywhere: bool = False
    refused: frozenset[str] = frozenset()
    zones: tuple[Thing, ...] = ()
    organization: Thing | None = None
    tunnels: tuple[Thing, ...] = ()
    configs: Mapping[str, Thing] = field(default_factory=dict)
    service_tokens: tuple[Thing, ...] = ()
    policies: tuple[Thing, ...] = ()
    apps: tuple[Thing, ...] = ()
    records: tuple[Thing, ...] = ()

    def zone(self, name: str) -> Thing | None:
        """The zone of this name."""
        return next((zone for zone in self.zones if zone["name"] == name), None)

    def tunnel(self, name: str) -> Thing | None:
        """The tunnel of this name that is not deleted."""
        return next((one for one in self.tunnels if one["name"] == name and not one.get("deleted_at")), None)

    def rules(self, tunnel_id: str) -> list[dict[str, Any]]:
        """The rules of a tunnel, in order."""
        config = self.configs.get(tunnel_id, {}).get("config") or {}
        return list(config.get("ingress") or [])

    def addresses(self, hostname: str) -> list[Thing]:
        """Every record that says where a name is."""
        return [one for one in self.records if one["name"] == hostname and one["type"] in ADDRESSES]

    def apps_of(self, hostname: str) -> list[Thing]:
        """Applications for a whole name or for paths of it, and those of a wildcard above it."""
        return [app for app in self.apps if any(covers(uri, hostname) for uri in uris(app))]


def uris(app: Thing) -> Iterator[str]:
    """What an application guards in public, each a name or a name with a path."""
    destinations = app.get("destinations") or []
    said = [one["uri"] for one in destinations if one.get("type", "public") == "public" and one.get("uri")]
    yield from said or app.get("self_hosted_domains") or [app[key] for key in ("domain",) if app.get(key)]


def covers(uri: str, hostname: str) -> bool:
    """Whether what an application guards is of this name; a wildcard stands for one label or more."""
    host = uri.partition("/")[0]
    return host == hostname or (host.startswith("*.") and hostname.endswith(host[1:]))


def whole(uri: str) -> bool:
    """Whether an application guards every path of its name."""
    return uri.partition("/")[2] in {"", "*"}
