"""Where a host is and how to log in: the SSH part of a host file as plain values, as it travels through Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # The provider process needs this module but never a host file, and pydantic would delay its start.
    from ocrfleet.spec import HostSpec

PLAIN_PORT = 22


@dataclass(frozen=True)
class Door:
    """A machine that answers SSH, and the keys it may show."""

    address: str
    user: str
    port: int = PLAIN_PORT
    known_hosts: tuple[str, ...] = ()
    known_hosts_file: str | None = None

    @property
    def server_name(self) -> str:
        """How known_hosts names the machine."""
        return self.address if self.port == PLAIN_PORT else f"[{self.address}]:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Target(Door):
    """A host by name, how to log in, and how long to wait in seconds."""

    name: str
    identity_file: str | None = None
    jump: Door | None = None
    connect_seconds: float = 10.0
    answer_seconds: float = 60.0

    @classmethod
    def of(cls, host: HostSpec) -> Target:
        """Read it from a host."""
        return cls.parse(host.name, host.ssh.plain())

    @classmethod
    def parse(cls, name: str, ssh: Mapping[str, Any]) -> Target:
        """Read the SSH part of a host file, as JSON values."""
        jump = _door(ssh["jump"]) if ssh.get("jump") else None
        return cls(**{**_known(cls, ssh), "name": name, "jump": jump})


def _door(raw: Mapping[str, Any]) -> Door:
    return Door(**_known(Door, raw))


def _known(kind: type[Door], raw: Mapping[str, Any]) -> dict[str, Any]:
    found = {field.name: raw[field.name] for field in fields(kind) if field.name in raw}
    return {**found, "known_hosts": tuple(raw.get("known_hosts", ()))}
