"""An account with a clock of its own, one zone, and one token that may do all an edge needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.cloudflare.account import Account, Permit
from lab.cloudflare.answers import Answer, Call
from lab.cloudflare.api import Api
from lab.cloudflare.faults import Schedule
from lab.cloudflare.routes import APPS, DNS, ORGANIZATION, OWN, TOKENS, TUNNEL, WRITE, ZONE

TOKEN = "token-of-the-stack"  # noqa: S105  of an account that is not there
ZONE_NAME = "example.org"
SCOPES = frozenset(
    {f"{group} {WRITE}" for group in (TUNNEL, APPS, TOKENS, DNS)}
    | {f"{ZONE} Read", f"{ORGANIZATION} Read", f"{OWN} Read"}
)


@dataclass
class Clock:
    """A clock that tests move."""

    at: datetime = field(default_factory=lambda: datetime(2027, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **words: float) -> None:
        self.at += timedelta(**words)


@dataclass
class Place:
    """An API with one zone, and how a test asks it."""

    api: Api
    clock: Clock
    zone: str

    @property
    def account(self) -> Account:
        return self.api.account

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **query: str) -> Answer:
        """Ask with the token; `{a}` is the account and `{z}` the zone."""
        whole = path.replace("{a}", f"/accounts/{self.account.id}").replace("{z}", f"/zones/{self.zone}")
        return self.api.handle(Call(method, whole, query, body or {}, TOKEN))

    def result(self, method: str, path: str, body: dict[str, Any] | None = None, **query: str) -> Any:
        """Ask for something that must be given."""
        answer = self.ask(method, path, body, **query)
        assert answer.status == 200, answer.body
        return answer.body["result"]

    def code(self, method: str, path: str, body: dict[str, Any] | None = None, **query: str) -> tuple[int, int]:
        """Ask for something that must be refused; return its status and code."""
        found = self.code_or_none(method, path, body, **query)
        assert found is not None
        return found

    def code_or_none(
        self, method: str, path: str, body: dict[str, Any] | None = None, **query: str
    ) -> tuple[int, int] | None:
        """Ask for something; return status and code where it is refused."""
        answer = self.ask(method, path, body, **query)
        return None if answer.body["success"] else (answer.status, answer.body["errors"][0]["code"])


def place(scopes: frozenset[str] = SCOPES, faults: Schedule | None = None, **account: Any) -> Place:
    """An account with the zone example.org."""
    clock = Clock()
    made = Account(now=clock, **account)
    made.permits.append(Permit(TOKEN, scopes))
    return Place(Api(made, faults or Schedule()), clock, made.add_zone(ZONE_NAME))
