"""One account and what is in it, as plain values by id."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Things = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Permit:
    """An API token: what it may do, by the names of permission groups, and until when."""

    value: str
    scopes: frozenset[str]
    expires: datetime | None = None
    status: str = "active"

    @property
    def id(self) -> str:
        return hashlib.sha256(self.value.encode()).hexdigest()[:32]


@dataclass
class Account:
    """Everything of one account. Ids come in the order of creation, so that two runs of the same calls agree."""

    name: str = "Example"
    team: str = "example"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zones: Things = field(default_factory=dict)
    tunnels: Things = field(default_factory=dict)
    configs: Things = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    tokens: Things = field(default_factory=dict)
    policies: Things = field(default_factory=dict)
    apps: Things = field(default_factory=dict)
    records: Things = field(default_factory=dict)
    permits: list[Permit] = field(default_factory=list)
    organization: dict[str, Any] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        self.id = self.hexadecimal(32)
        domain = f"{self.team}.cloudflareaccess.com"
        switches = {"deny_unmatched_requests": True, "strict_service_token_auth": True}
        self.organization = {"name": self.team, "auth_domain": domain, **switches}

    def hexadecimal(self, length: int) -> str:
        """Give a new id of hexadecimal digits, or a new secret."""
        self.made += 1
        return hashlib.sha512(f"{self.name} {self.made}".encode()).hexdigest()[:length]

    def uuid(self) -> str:
        """Give a new id with dashes."""
        return str(uuid.UUID(self.hexadecimal(32)))

    def moment(self) -> str:
        """Write the time as the API does."""
        return self.now().isoformat(timespec="seconds").replace("+00:00", "Z")

    def add_zone(self, name: str) -> str:
        """Put a zone into the account."""
        zone = self.hexadecimal(32)
        account = {"id": self.id, "name": self.name}
        servers = ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"]
        self.zones[zone] = {
            "id": zone,
            "name": name,
            "status": "active",
            "account": account,
            "name_servers": servers,
            "type": "full",
            "paused": False,
            "development_mode": 0,
            "meta": {"step": 2, "cdn_only": False, "phishing_detected": False},
            "owner": {"id": self.id, "type": "organization", "name": self.name},
            "plan": {"id": "free", "name": "Free Website"},
            "activated_on": self.moment(),
            "original_dnshost": None,
            "original_name_servers": None,
            "original_registrar": None,
            "created_on": self.moment(),
            "modified_on": self.moment(),
        }
        return zone
