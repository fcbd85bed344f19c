"""Uses a secret as its consumer does: through the edge where there is one, else on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ocrfleet.cloudflare.caller import Ask
from ocrfleet.edge import Door, WantedEdge
from ocrfleet.edge.credential import Credential, credential_of, secret_name
from ocrfleet.errors import Unknown
from ocrfleet.remote import Remote
from ocrfleet.rotation.patience import Patience
from ocrfleet.rotation.verdict import not_let_in, not_tried, still_let_in
from ocrfleet.secrets import Secret, SecretStore
from ocrfleet.spec.public import MODELS

OK, KEYLESS, NO, WORST, NO_ANSWER = 200, 401, 403, 500, 0
# What store and host have where a key could not be tried.
ADMITTED = "the host lets the new key in beside the one before; the store has the one before, and nobody the new one"
KEPT = "store and host have the new key; the host lets the one before in until its time is over"
OVER = "the store has the new credential; the one before has come to its end at Cloudflare"
ENDED = "store and host have the new key; the one before has come to its end there"


@dataclass(frozen=True)
class Prover:
    """Shows credentials and keys to the names of a host."""

    host: str
    edge: WantedEdge | None
    store: SecretStore
    remote: Remote
    ask: Ask
    patience: Patience

    def credential(self, consumer: str, shown: Credential, *, kept: bool) -> tuple[str, ...]:
        """Be let in by Access at every name of a consumer; raise what `kept`, being in the store, makes of it."""
        for name, status in self._seen(consumer, shown):
            if not _passed(status):
                raise not_let_in(f"credential of {consumer}", name, status, kept=kept, fix=self._again("access"))
        return tuple(door.hostname for door in self._doors(consumer))

    def reached(self, consumer: str, shown: Credential) -> tuple[str, ...]:
        """Reach what is behind every name of a consumer; raise Unknown, which blames no credential."""
        for name, status in self._seen(consumer, shown):
            if not _passed(status):
                there = "nothing by this question"
                raise not_tried("way in", name, status, there=there, fix=f"ocrfleet verify {self.host}")
        return tuple(door.hostname for door in self._doors(consumer))

    def refused(self, consumer: str, shown: Credential) -> None:
        """Be refused by Access at every name of a consumer; raise Unknown where that is not so."""
        for door in self._doors(consumer):
            status = self._settled(door, shown, _refused)
            if status == NO_ANSWER:
                fix = f"ocrfleet verify {self.host}"
                raise not_tried(f"credential of {consumer} before", door.hostname, status, there=OVER, fix=fix)
            if not _refused(status):
                fix = f"ocrfleet rotate {self.host} access --emergency, and look at Access in Cloudflare's dashboard"
                raise still_let_in(f"credential of {consumer}", door.hostname, fix=fix)

    def key(self, name: str, version: str, value: Secret, *, kept: bool) -> tuple[str, ...]:
        """Be let in by the proxy; raise what `kept`, being in the store, makes of it."""
        where, status = self._key(name, version, value)
        if status == KEYLESS:
            raise not_let_in(f"key {name}", where, status, kept=kept, fix=self._again("api-key"))
        if status != OK:
            fix = f"ocrfleet verify {self.host}" if kept else self._again("api-key")
            raise not_tried(f"key {name}", where, status, there=KEPT if kept else ADMITTED, fix=fix)
        return (where,)

    def key_refused(self, name: str, version: str, value: Secret) -> None:
        """Be refused by the proxy; raise Unknown where that is not so."""
        where, status = self._key(name, version, value)
        if status == OK:
            raise still_let_in(f"key {name}", where, fix=f"pulumi up -s {self.host}, which puts right what is there")
        if status != KEYLESS:
            raise not_tried(f"key {name} before", where, status, there=ENDED, fix=f"ocrfleet verify {self.host}")

    def _key(self, name: str, version: str, value: Secret) -> tuple[str, int]:
        """Ask through the edge, as somebody who has a credential; on the host where nobody has one.

        Only the proxy's own yes and no say anything of a key; whatever else is said is waited for.
        """
        for door, shown in self._ways_in():
            return door.hostname, self._said(lambda: self._status(door, shown, value))  # noqa: B023  it is asked here
        key = {"name": name, "version": version}
        return f"{self.host} itself", self._said(
            lambda: int(self.remote.ask("GET", MODELS, seconds=30, key=key)["status"])
        )

    def _said(self, ask: Callable[[], int]) -> int:
        return self.patience.until(lambda: _or_none(ask), lambda status: status in {OK, KEYLESS})

    def _ways_in(self) -> Iterator[tuple[Door, Credential]]:
        """Names behind which is our proxy: what is behind others must never see a key."""
        kept = self.store.read() if self.edge else {}
        for door in self.edge.doors if self.edge else ():
            for consumer in door.audience if door.is_service and MODELS in door.paths else ():
                shown = credential_of(kept.get(secret_name(consumer)), self.host, consumer)
                if shown:
                    yield door, shown

    def _doors(self, consumer: str) -> list[Door]:
        return [door for door in (self.edge.doors if self.edge else ()) if consumer in door.audience]

    def _seen(self, consumer: str, shown: Credential) -> Iterator[tuple[str, int]]:
        yield from ((door.hostname, self._settled(door, shown, _passed)) for door in self._doors(consumer))

    def _settled(self, door: Door, shown: Credential, good: Callable[[int], bool]) -> int:
        """The status once it is good, or the last one: what changes at Cloudflare is not everywhere at once."""
        return self.patience.until(lambda: _or_none(lambda: self._status(door, shown)), good)

    def _status(self, door: Door, shown: Credential, key: Secret | None = None) -> int:
        path = MODELS if MODELS in door.paths else door.paths[0]
        bearer = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
        return self.ask(door.hostname, path, {**shown.headers, **bearer})

    def _again(self, kind: str) -> str:
        return f"ocrfleet verify {self.host}, then: ocrfleet rotate {self.host} {kind}"


def _or_none(ask: Callable[[], int]) -> int:
    try:
        return ask()
    except Unknown:
        return NO_ANSWER


def _passed(status: int) -> bool:
    """Whether Access let a request through, whatever was behind it: Access itself says 403, or shows its login."""
    return OK <= status < WORST and not _refused(status) and not 300 <= status < 400  # noqa: PLR2004  all redirects


def _refused(status: int) -> bool:
    return status == NO
