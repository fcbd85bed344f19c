"""What a consumer shows to pass Access, as the host's store of secrets keeps it.

A secret of the store is one text, so that identity and secret change together: JSON with `client_id` and
`client_secret`. Beside them stand which version of its token's secret it is, and which one it took the place of, for
who goes on with a rotation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ocrfleet.errors import Refused
from ocrfleet.secrets import Secret
from ocrfleet.spec.public import CREDENTIALS


def secret_name(consumer: str) -> str:
    """The name under which a consumer's credential is kept."""
    return f"{CREDENTIALS}{consumer}"


@dataclass(frozen=True)
class Replaced:
    """The secret that a credential took the place of, by its version, and until when it stays good."""

    version: int
    until: datetime


@dataclass(frozen=True)
class Credential:
    """One consumer's credential."""

    client_id: str
    client_secret: Secret
    replaced: Replaced | None = None
    version: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What a request shows."""
        return {"CF-Access-Client-Id": self.client_id, "CF-Access-Client-Secret": self.client_secret.reveal()}

    def kept(self) -> Secret:
        """Write it for a store."""
        said: dict[str, object] = {"client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        if self.version is not None:
            said["version"] = self.version
        if self.replaced:
            said["replaced"] = {"version": self.replaced.version, "until": self.replaced.until.isoformat()}
        return Secret(json.dumps(said))


def credentials_of(kept: Mapping[str, Secret], host: str, consumers: Iterable[str]) -> dict[str, Credential]:
    """Read those that a store keeps, by consumer; one that was given none is left out."""
    found = {one: credential_of(kept.get(secret_name(one)), host, one) for one in consumers}
    return {consumer: credential for consumer, credential in found.items() if credential}


def credential_of(kept: Secret | None, host: str, consumer: str) -> Credential | None:
    """Read what a store keeps, None where there is nothing; raise Refused for what is no credential."""
    if kept is None:
        return None
    try:
        said = json.loads(kept.reveal())
        replaced = said.get("replaced")
        known = replaced and Replaced(int(replaced["version"]), datetime.fromisoformat(replaced["until"]))
        version = said.get("version")
        own = None if version is None else int(version)
        return Credential(str(said["client_id"]), Secret(str(said["client_secret"])), known or None, own)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    why = f"the secret {secret_name(consumer)} of {host} is no credential that ocrfleet wrote"
    raise Refused(why, fix=f"ocrfleet secrets rollback {host} --to REVISION, or take it out of the store")
