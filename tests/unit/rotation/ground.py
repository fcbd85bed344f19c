"""An account with one consumer's two tokens, a store, and a rotation between them that can be killed at every call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lab.cloudflare.answers import Call
from lab.cloudflare.guard import admit
from lab.cloudflare.lay import lay
from lab.cloudflare.messages import Request, Response
from lab.cloudflare.place import TOKEN, Place, place
from lab.cloudflare.service_tokens import accepts
from ocrfleet.edge.credential import Credential, credential_of, secret_name
from ocrfleet.rotation.access import Access
from ocrfleet.rotation.outcome import Lap, Outcome
from ocrfleet.rotation.patience import Patience
from ocrfleet.rotation.prove import Prover
from ocrfleet.secrets import Secret
from tests.unit.edge.wanted import wanted
from tests.unit.rotation.steps import Steps, Store

EDGE = wanted()
CONSUMER = "page-worker"
DAY, NONE = Lap(86400), Lap(0)


@dataclass
class Api:
    """Cloudflare's API without a wire."""

    at: Place
    steps: Steps

    def all(self, path: str, **query: str) -> tuple[Any, ...]:
        return tuple(self.steps.take(f"GET {path}", lambda: self._ask("GET", path, {}, query)))

    def get(self, path: str, **query: str) -> Any:
        return self.steps.take(f"GET {path}", lambda: self._ask("GET", path, {}, query))

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        return self.steps.take(f"{method} {path.rpartition('/')[2]}", lambda: self._ask(method, path, dict(body), {}))

    def _ask(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        answer = self.at.api.handle(Call(method, path, query, body, TOKEN))
        assert answer.status == 200, answer.body
        return answer.body["result"]


@dataclass
class Ground:
    """One consumer, before and after any number of rotations."""

    at: Place = field(default_factory=place)
    values: dict[str, Secret] = field(default_factory=dict)
    handed: list[Credential] = field(default_factory=list)
    keeps_promises: bool = True  # an emergency ends overlaps that were promised

    def __post_init__(self) -> None:
        lay(self.at, EDGE)

    def rotate(self, lap: Lap = DAY, kill: tuple[int, str] = (0, "before")) -> tuple[Outcome, Steps]:
        """Run the command, in a process of its own that may be killed."""
        access, steps = self.access(kill)
        return access.rotate(CONSUMER, lap), steps

    def access(self, kill: tuple[int, str] = (0, "before")) -> tuple[Access, Steps]:
        steps = Steps(self.look, kill)
        store = Store(steps, self.values)
        prover = Prover("lab", EDGE, store, None, self._asking(steps), Patience(lambda _: None, 2))  # type: ignore[arg-type]  # no host is asked
        return Access(EDGE, Api(self.at, steps), store, prover, self.at.clock), steps  # type: ignore[arg-type]

    def look(self) -> None:
        """At every moment the store's credential is good, and so is the one before it until its time is over."""
        held = self.held()
        if held is None:
            return
        if held not in self.handed:
            self.handed.append(held)
        assert self.good(held), "what the store has is not let in"
        if self.keeps_promises and held.replaced and self.at.clock() < held.replaced.until and len(self.handed) > 1:
            assert self.good(self.handed[-2]), "the one before is cut off too early"

    def held(self) -> Credential | None:
        return credential_of(self.values.get(secret_name(CONSUMER)), "lab", CONSUMER)

    def good(self, shown: Credential) -> bool:
        return accepts(self.at.account, shown.client_id, shown.client_secret.reveal()) is not None

    @property
    def now(self) -> datetime:
        return self.at.clock()

    def _asking(self, steps: Steps) -> Any:
        def ask(name: str, path: str, headers: Mapping[str, str]) -> int:
            lower = {one.lower(): value for one, value in headers.items()}
            admitted = admit(self.at.account, Request("GET", name, path, lower))
            status = admitted.status if isinstance(admitted, Response) else 200
            return steps.take("edge", lambda: status)

        return ask


def handed_out() -> Ground:
    """A consumer with its first credential."""
    ground = Ground()
    ground.rotate()
    return ground
