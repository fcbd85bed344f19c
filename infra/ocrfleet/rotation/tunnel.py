"""Renews the token with which the connector joins its tunnel."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from ocrfleet.cloudflare import Client
from ocrfleet.cloudflare.account import account_path
from ocrfleet.edge import WantedEdge
from ocrfleet.edge.credential import credentials_of
from ocrfleet.errors import NotRestored, OcrfleetError, Refused, Unknown
from ocrfleet.rotation.outcome import ROTATED, Lap, Outcome
from ocrfleet.rotation.prove import Prover
from ocrfleet.secrets import SecretStore

BYTES = 32
OUT = "perhaps nothing: every connector was to be thrown out"
UNTIL = "until the old connector loses its connection"


@dataclass(frozen=True)
class Tunnel:
    """One host's tunnel. `ready` raises where a deploy could not begin, `deploy` is one and returns our exit code.

    Whoever has joined stays joined although the token is another one, until the stack's next connector has joined: that
    is the overlap. Killed half-way? Each run makes another token, and the stack takes the one that is there.
    """

    edge: WantedEdge
    client: Client
    store: SecretStore
    prover: Prover
    ready: Callable[[], None]
    deploy: Callable[[], int]

    def rotate(self, lap: Lap) -> Outcome:
        """Let nobody join with the old token, and the connector with a new one; in an emergency throw everybody out."""
        path = self._path()
        if not lap.is_none:
            # Who has a leaked token is thrown out first, whatever stands in the way of a deploy.
            self.ready()
        self.client.send("PATCH", path, {"tunnel_secret": base64.b64encode(secrets.token_bytes(BYTES)).decode()})
        try:
            if lap.is_none:
                self.client.send("DELETE", f"{path}/connections", {})
            code = self.deploy()
            is_joined = code == 0 and self.client.get(path)["connections"]
        except OcrfleetError as error:
            raise self._half_way(error.failed, lap) from error
        if not is_joined:
            raise self._half_way(f"the deploy ended with {code}", lap)
        return Outcome("tunnel", self.edge.tunnel, ROTATED, None, tuple(dict.fromkeys(self._proved())))

    def _proved(self) -> list[str]:
        """Reach what is behind every name, as every consumer that has a credential."""
        try:
            held = credentials_of(self.store.read(), self.edge.host, self.edge.consumers)
            return [name for consumer, one in held.items() for name in self.prover.reached(consumer, one)]
        except OcrfleetError as error:
            raise self._unseen(error.failed) from error

    def _path(self) -> str:
        base = f"{account_path(self.client, self.edge)}/cfd_tunnel"
        found = self.client.all(base, name=self.edge.tunnel, is_deleted="false")
        if not found:
            why = f"Cloudflare has no tunnel {self.edge.tunnel} in the account of {self.edge.zone}"
            raise Refused(why, fix=f"ocrfleet deploy {self.edge.host}, which makes it")
        return f"{base}/{found[0]['id']}"

    def _unseen(self, why: str) -> Unknown:
        return Unknown(
            f"the connector has joined {self.edge.tunnel} with its new token, but nobody was reached through it: {why}",
            serving="on the host as before; in public not known",
            changed="the tunnel's token, at Cloudflare and on the host; no credential was touched",
            fix=f"ocrfleet verify {self.edge.host}",
        )

    def _half_way(self, why: str, lap: Lap) -> NotRestored:
        """Say what is true once the old token is dead."""
        host, public = self.edge.host, OUT if lap.is_none else UNTIL
        again = f"ocrfleet rotate {host} tunnel{' --emergency' if lap.is_none else ''}"
        deploy = "" if lap.is_none else f", or ocrfleet deploy {host}: either gives the connector the token of now"
        return NotRestored(
            f"no connector is known to have joined {self.edge.tunnel} with its new token: {why}",
            serving=f"on the host as before; in public {public}",
            changed="the tunnel's token at Cloudflare: nobody joins with the old one",
            fix=f"{again}{deploy}",
        )
