"""Uses a secret as its consumer does: through the edge where there is one, else on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ocrfleet.cloudflare.caller import Ask
from ocrfleet.edge import Door, WantedEdge
from ocrfleet.edge.credential import Credential, credential_of, secret_name
from ocrfleet.remote import Remote
from ocrfleet.rotation.outcome import Patience, not_let_in, still_let_in
from ocrfleet.secrets import Secret, SecretStore
from ocrfleet.spec.public import MODELS

OK, KEYLESS, NO, WORST = 200, 401, 403, 500


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
        for door in self._doors(consumer):
            status = self._settled(door, shown, _passed)
            if not _passed(status):
                raise not_let_in(
                    f"credential of {consumer}", door.hostname, status, kept=kept, fix=self._again("access")
                )
        return tuple(door.hostname for door in self._doors(consumer))

    def refused(self, consumer: str, shown: Credential) -> None:
        """Be refused by Access at every name of a consumer; raise Unknown where that is not so."""
        for door in self._doors(consumer):
            if not _refused(self._settled(door, shown, _refused)):
                fix = f"ocrfleet rotate {self.host} access --emergency, and look at Access in Cloudflare's dashboard"
                raise still_let_in(f"credential of {consumer}", door.hostname, fix=fix)

    def key(self, name: str, version: str, value: Secret, *, kept: bool) -> tuple[str, ...]:
        """Be let in by the proxy; raise what `kept`, being in the store, makes of it."""
        where, status = self._key(name, version, value)
        if status != OK:
            raise not_let_in(f"key {name}", where, status, kept=kept, fix=self._again("api-key"))
        return (where,)

    def key_refused(self, name: str, version: str, value: Secret) -> None:
        """Be refused by the proxy; raise Unknown where that is not so."""
        where, status = self._key(name, version, value)
        if status != KEYLESS:
            raise still_let_in(f"key {name}", where, fix=f"pulumi up -s {self.host}, which puts right what is there")

    def _key(self, name: str, version: str, value: Secret) -> tuple[str, int]:
        """Ask through the edge, as somebody who has a credential; on the host where nobody has one."""
        for door, shown in self._ways_in():
            return door.hostname, self._status(door, shown, value)
        status = self.remote.ask("GET", MODELS, seconds=30, key={"name": name, "version": version})["status"]
        return f"{self.host} itself", int(status)

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

    def _settled(self, door: Door, shown: Credential, good: Callable[[int], bool]) -> int:
        """The status once it is good, or the last one: what changes at Cloudflare is not everywhere at once."""
        return self.patience.until(lambda: self._status(door, shown), good)

    def _status(self, door: Door, shown: Credential, key: Secret | None = None) -> int:
        path = MODELS if MODELS in door.paths else door.paths[0]
        bearer = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
        return self.ask(door.hostname, path, {**shown.headers, **bearer})

    def _again(self, kind: str) -> str:
        return f"ocrfleet verify {self.host}, then: ocrfleet rotate {self.host} {kind}"


def _passed(status: int) -> bool:
    """Whether Access let a request through, whatever was behind it: Access itself says 403, or shows its login."""
    return status < WORST and not _refused(status) and not 300 <= status < 400  # noqa: PLR2004  all redirects


def _refused(status: int) -> bool:
    return status == NO
