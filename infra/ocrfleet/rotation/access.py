"""Renews the credentials with which consumers pass Access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocrfleet.cloudflare import Client
from ocrfleet.cloudflare.account import account_path
from ocrfleet.edge import WantedEdge
from ocrfleet.edge.credential import Credential, Replaced, credential_of, secret_name
from ocrfleet.edge.declared import token_name
from ocrfleet.edge.pair import Next, Pair, Token, version
from ocrfleet.edge.wanted import both
from ocrfleet.errors import Refused
from ocrfleet.rotation.outcome import FINISHED, HANDED_OUT, ROTATED, WAITS, Lap, Outcome
from ocrfleet.rotation.prove import Prover
from ocrfleet.rotation.verdict import handed_over, unheard
from ocrfleet.secrets import Secret, SecretStore

DAY = Lap(86400)
CREDENTIAL = "credential"


@dataclass(frozen=True)
class Access:
    """The credentials of one host's consumers: in its store, and at Cloudflare."""

    edge: WantedEdge
    client: Client
    store: SecretStore
    prover: Prover
    now: Callable[[], datetime]

    def rotate(self, consumer: str, lap: Lap) -> Outcome:
        """Give a consumer a new credential; one whose rotation was begun is finished instead, and no other begun."""
        kept = self.store.read()
        held = credential_of(kept.get(secret_name(consumer)), self.edge.host, consumer)
        base, pair = self._pair(consumer, held)
        step = Next.ISSUE if lap.is_none else pair.next(held, self.now())
        if step is Next.ISSUE or held is None or held.replaced is None:
            return self._renew(consumer, held, base, pair, lap)
        if step is Next.RETIRE:
            self._retire(base, pair.spare, held.replaced)
        proved = self.prover.credential(consumer, held, kept=True)
        return Outcome("access", consumer, WAITS if step is Next.WAIT else FINISHED, held.replaced.until, proved)

    def hand_out(self, consumer: str) -> Outcome | None:
        """Give a consumer its first credential, as it has none that Cloudflare knows; nobody waits for it to work."""
        held = credential_of(self.store.read().get(secret_name(consumer)), self.edge.host, consumer)
        base, pair = self._pair(consumer, held)
        if pair.used is not None:
            return None
        made = self._issue(base, pair.spare, None, DAY.end(self.now()))
        with unheard(CREDENTIAL):
            self._alone(consumer, base, made, pair.spare)
            self.store.write({secret_name(consumer): made.kept()})
        return Outcome("access", consumer, HANDED_OUT)

    def _renew(self, consumer: str, held: Credential | None, base: str, pair: Pair, lap: Lap) -> Outcome:
        """Nobody is given what was not let in. In an emergency the new one is kept, and the old one ends, untried."""
        until = lap.end(self.now())
        replaced = Replaced(version(pair.used), until) if pair.used else None
        new = self._issue(base, pair.spare, replaced, None if lap.is_none else until)
        with unheard(CREDENTIAL):
            if not lap.is_none:
                self.prover.credential(consumer, new, kept=False)
                self._alone(consumer, base, new, pair.spare)
            self.store.write({secret_name(consumer): new.kept()})
        with handed_over(CREDENTIAL):
            if pair.used and replaced:
                self._retire(base, pair.used, replaced)
            if pair.other and lap.is_none:
                self._issue(base, pair.other, None, None)
            self._alone(consumer, base, new, pair.spare)
            proved = self.prover.credential(consumer, new, kept=True)
            if held and lap.is_none:
                self.prover.refused(consumer, held)
        what = ROTATED if replaced else HANDED_OUT
        return Outcome("access", consumer, what, until if replaced and not lap.is_none else None, proved)

    def _pair(self, consumer: str, held: Credential | None) -> tuple[str, Pair]:
        base = f"{account_path(self.client, self.edge)}/access/service_tokens"
        there = {one["name"]: one for one in self.client.all(base)}
        first, second = (there.get(token_name(self.edge, one)) for one in both(consumer))
        if first is None or second is None:
            why = f"Cloudflare does not have both service tokens of {consumer}"
            raise Refused(why, fix=f"ocrfleet deploy {self.edge.host}, which makes what is missing")
        if not all(isinstance(one.get("client_secret_version"), int | float) for one in (first, second)):
            why = "Cloudflare does not tell the versions of service tokens, by which a rotation knows where it is"
            raise Refused(why, fix="rotate in Cloudflare's dashboard, then: ocrfleet secrets set")
        return base, Pair.of((first, second), held)

    def _issue(self, base: str, token: Token, replaced: Replaced | None, until: datetime | None) -> Credential:
        """Make a new secret and a new life for a token; somebody the store does not know of may use the one before."""
        body = {"previous_client_secret_expires_at": _moment(until)} if until else {}
        made: Any = self.client.send("POST", f"{base}/{token['id']}/rotate", body)
        with unheard(CREDENTIAL):
            self.client.send("POST", f"{base}/{token['id']}/refresh", {})
        return Credential(str(token["client_id"]), Secret(str(made["client_secret"])), replaced, version(token) + 1)

    def _alone(self, consumer: str, base: str, made: Credential, token: Token) -> None:
        """Refuse where somebody made another secret meanwhile: of the two only the newest lives on."""
        if version(self.client.get(f"{base}/{token['id']}")) != made.version:
            why = f"somebody else renews the credential of {consumer} at this moment"
            raise Refused(why, fix="wait until both are done")

    def _retire(self, base: str, token: Token, replaced: Replaced) -> None:
        """Let a secret expire by making a next one that nobody hears; the same call twice changes nothing more."""
        body = {
            "name": token["name"],
            "duration": token["duration"],
            "client_secret_version": replaced.version + 1,
            "previous_client_secret_expires_at": _moment(replaced.until),
        }
        self.client.send("PUT", f"{base}/{token['id']}", body)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
