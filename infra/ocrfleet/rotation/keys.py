"""Renews an API key: let in beside the old one, handed out, then made the valid one. No engine is touched."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ocrfleet.errors import Refused
from ocrfleet.remote import Remote
from ocrfleet.rotation.outcome import FINISHED, ROTATED, WAITS, Lap, Outcome
from ocrfleet.rotation.prove import Prover
from ocrfleet.rotation.verdict import handed_over, unheard
from ocrfleet.secrets import Secret, SecretStore


def new_key() -> Secret:
    """A value that nobody has seen."""
    return Secret(secrets.token_hex(32))


@dataclass(frozen=True)
class Keys:
    """The API keys of one host: in its store, and at its proxy. `version` names a key's value as the stack does."""

    host: str
    remote: Remote
    store: SecretStore
    prover: Prover
    version: Callable[[str, Secret], str]
    make: Callable[[], Secret] = new_key

    def rotate(self, name: str, lap: Lap) -> Outcome:
        """Replace a key; one whose rotation was begun is finished instead, and no other begun."""
        there, held = self._there(name), self._held(name)
        mine = self.version(name, held)
        if there["beside"] == mine and there["until"] is None:
            until = self._promote(name, mine, lap)
            if not lap.is_none:
                return self._done(name, mine, held, FINISHED, until)
        elif there["version"] != mine:
            why = f"the store {self.store.kind} has another {name} than {self.host}"
            raise Refused(why, fix=f"ocrfleet deploy {self.host}, then run this again")
        elif there["good"] and not lap.is_none:
            return self._done(name, mine, held, WAITS, there["until"])
        return self._renew(name, mine, held, lap)

    def _renew(self, name: str, before: str, held: Secret, lap: Lap) -> Outcome:
        """The store has the new value only once the host knows it, and the host forgets the old one only after that."""
        value = self.make()
        mine = self.version(name, value)
        self.remote.admit(name, mine, value.reveal().encode(), lap.seconds)
        with unheard(f"API key {name}"):
            if not lap.is_none:
                self.prover.key(name, mine, value, kept=False)
            self.store.write({name: value})
        with handed_over(f"API key {name}"):
            done = self._done(name, mine, value, ROTATED, self._promote(name, mine, lap))
            if lap.is_none:
                self.prover.key_refused(name, before, held)
        return done

    def _promote(self, name: str, version: str, lap: Lap) -> float | None:
        until = self.remote.promote(name, version, lap.seconds)
        return None if lap.is_none else until

    def _done(self, name: str, version: str, value: Secret, what: str, until: float | None) -> Outcome:
        proved = self.prover.key(name, version, value, kept=True)
        return Outcome("api-key", name, what, datetime.fromtimestamp(until, UTC) if until else None, proved)

    def _there(self, name: str) -> Mapping[str, Any]:
        """What the host says of a key; whether the one that was followed is good yet is said by its clock."""
        told = self.remote.tell("keys")
        known = told["keys"].get(name)
        if known is None:
            raise Refused(
                f"{self.host} asks for no key {name}", fix=f"ocrfleet deploy {self.host}, or name another key"
            )
        return {**known, "good": known["until"] is not None and told["now"] < known["until"]}

    def _held(self, name: str) -> Secret:
        kept = self.store.read()
        if name not in kept:
            fix = f"ocrfleet secrets rotate {self.host} {name}, then: ocrfleet deploy {self.host}"
            raise Refused(f"the store {self.store.kind} of {self.host} has no secret {name}", fix=fix)
        return kept[name]
