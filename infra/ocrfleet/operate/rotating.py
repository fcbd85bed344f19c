"""Renews what callers of a host show, one kind at a time, and writes down on the host that it was done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial

from ocrfleet.agent.audit import FAILED
from ocrfleet.cloudflare import Client
from ocrfleet.cloudflare.caller import Ask, ask_name
from ocrfleet.edge import wanted_edge
from ocrfleet.errors import OcrfleetError, Refused, Unknown
from ocrfleet.operate.deployment import owner_of
from ocrfleet.operate.public import edge_of, refuse_what_stands_in_the_way
from ocrfleet.operate.pulumicli import change
from ocrfleet.project import Project
from ocrfleet.remote import Remote
from ocrfleet.rotation.access import Access
from ocrfleet.rotation.keys import Keys
from ocrfleet.rotation.outcome import Lap, Outcome
from ocrfleet.rotation.patience import Patience
from ocrfleet.rotation.prove import Prover
from ocrfleet.rotation.sequence import each
from ocrfleet.rotation.tunnel import Tunnel
from ocrfleet.secrets import Secret, SecretStore
from ocrfleet.secrets.version import salt_of, version_of
from ocrfleet.spec import HostSpec

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Rotating:
    """One host, its store, and how its names are asked."""

    project: Project
    host: HostSpec
    remote: Remote
    store: SecretStore
    ask: Ask = ask_name
    patience: Patience = field(default_factory=lambda: Patience(time.sleep))
    wait: float = 0.0  # how long a deploy waits for another change on the host

    def keys(self, lap: Lap, only: str | None) -> Iterator[Outcome]:
        """Renew API keys."""
        self._must_keep()
        names = self.host.proxy.api_keys
        keys = Keys(self.host.name, self.remote, self.store, self._prover, self._version)
        yield from each((partial(keys.rotate, name, lap) for name in _chosen(names, only, "API key")), lap)

    def access(self, client: Client, lap: Lap, only: str | None, tell: Tell) -> Iterator[Outcome]:
        """Renew the credentials of consumers."""
        self._must_keep()
        access = self._access(client)
        names = _chosen(access.edge.consumers, only, "consumer")

        def one(consumer: str) -> Outcome:
            return self._noted(f"rotate access {consumer}", partial(access.rotate, consumer, lap), tell)

        yield from each((partial(one, name) for name in names), lap)

    def tunnel(self, client: Client, lap: Lap, tell: Tell) -> Iterator[Outcome]:
        """Renew the connector's token, and deploy what it changes."""
        edge = edge_of(self.host)
        ready = partial(refuse_what_stands_in_the_way, self.project, self.host, client, take_over=False)
        deploy = partial(change, self.project, self.host.name, tell, wait=self.wait)
        tunnel = Tunnel(edge, client, self.store, self._prover, ready, deploy)
        yield self._noted(f"rotate tunnel {edge.tunnel}", partial(tunnel.rotate, lap), tell)

    def hand_out(self, client: Client) -> Iterator[Outcome]:
        """Give every consumer a credential that has none."""
        self._must_keep()
        access = self._access(client)
        yield from filter(None, (access.hand_out(consumer) for consumer in access.edge.consumers))

    def _access(self, client: Client) -> Access:
        return Access(edge_of(self.host), client, self.store, self._prover, lambda: datetime.now(UTC))

    @cached_property
    def _prover(self) -> Prover:
        return Prover(self.host.name, wanted_edge(self.host), self.store, self.remote, self.ask, self.patience)

    def _version(self, name: str, value: Secret) -> str:
        owner = owner_of(self.project, self.host)
        return version_of(value.reveal(), salt_of(owner.project, owner.stack, name))

    def _must_keep(self) -> None:
        """Refuse before anything is changed what could not be kept afterwards."""
        if self.store.kind == "env":
            why = f"the store env of {self.host.name} cannot keep what a rotation makes"
            fix = f"let secrets.store of hosts/{self.host.name}.yaml be one that can, then: ocrfleet secrets import"
            raise Refused(why, fix=f"{fix} {self.host.name} --from env")
        own = self.host.secrets.store
        if self.store.kind != own:
            why = (
                f"the stack reads the store {own} of {self.host.name}: what only {self.store.kind} has, a deploy undoes"
            )
            raise Refused(why, fix="leave --store out; to change stores: ocrfleet secrets import, and secrets.store")

    def _noted(self, what: str, work: Callable[[], Outcome], tell: Tell) -> Outcome:
        """Do it, and have the host's audit say how it ended; what was refused changed nothing."""
        outcome, code = FAILED[Unknown.code], Unknown.code
        try:
            done = work()
            outcome, code = done.what, 0
        except Refused:
            outcome = ""
            raise
        except OcrfleetError as error:
            outcome, code = FAILED.get(error.code, FAILED[Unknown.code]), error.code
            raise
        finally:
            if outcome:
                self._note(what, outcome, code, tell)
        return done

    def _note(self, what: str, outcome: str, code: int, tell: Tell) -> None:
        try:
            self.remote.tell("note", what=what, outcome=outcome, code=code)
        except OcrfleetError as error:
            tell(f"{what} is not in the audit of {self.host.name}: {error.failed}")


def _chosen(names: tuple[str, ...], only: str | None, what: str) -> tuple[str, ...]:
    there = ", ".join(names) or "none"
    if only is not None and only not in names:
        raise Refused(f"there is no {what} {only} (there: {there})", fix="name one of these, or leave --only out")
    if not names:
        raise Refused(f"the host file names no {what}", fix="there is nothing to rotate")
    return names if only is None else (only,)
