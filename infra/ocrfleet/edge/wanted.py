"""The edge a host file asks for, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

from ocrfleet.commands.containers import PROXY_PORT
from ocrfleet.commands.sidecars import ON_HOST
from ocrfleet.spec import HostSpec
from ocrfleet.spec.edge import Hostname
from ocrfleet.spec.public import CHAT, MODELS

SERVICE = "service"


@dataclass(frozen=True)
class Door:
    """One public name with all that makes it safe: there is no name without application, policy and audience."""

    hostname: str
    origin: str
    paths: tuple[str, ...]
    audience: tuple[str, ...]
    session: str
    is_service: bool = False  # whether our proxy is behind it, which asks for API keys

    def __post_init__(self) -> None:
        if not (self.hostname and self.paths and self.audience) or "*" in self.hostname:
            raise ValueError("a door has one whole name, paths and an audience")


@dataclass(frozen=True)
class WantedEdge:
    """One tunnel, its doors in order of their names, and two service tokens for every consumer of any of them."""

    host: str
    zone: str
    team: str
    account: str | None
    tunnel: str
    doors: tuple[Door, ...]
    connector: str

    @property
    def consumers(self) -> tuple[str, ...]:
        return tuple(sorted({consumer for door in self.doors for consumer in door.audience}))

    @property
    def tokens(self) -> tuple[str, ...]:
        """The service tokens, two for every consumer: one in use, and one whose secret is made anew meanwhile."""
        return tuple(token for consumer in self.consumers for token in both(consumer))

    def named(self, part: str) -> str:
        """The name of one thing of this edge in the account, where everything of every host is in one list."""
        return f"{self.tunnel}: {part}"


def both(consumer: str) -> tuple[str, str]:
    """What a consumer's two service tokens are called; no consumer's name has a dot."""
    return consumer, f"{consumer}.2"


def wanted_edge(host: HostSpec) -> WantedEdge | None:
    """Return the edge of a host, or None for a host that is not public."""
    if host.edge is None:
        return None
    return WantedEdge(
        host=host.name,
        zone=host.edge.zone,
        team=host.edge.team,
        account=host.edge.account,
        tunnel=host.edge.tunnel or f"ocrfleet-{host.name}",
        doors=tuple(_door(host, name, said) for name, said in sorted(host.edge.hostnames.items())),
        connector=host.edge.connector,
    )


def _door(host: HostSpec, name: str, said: Hostname) -> Door:
    return Door(
        hostname=name,
        origin=_origin(host, said),
        paths=said.paths or (CHAT, MODELS),
        audience=tuple(sorted(set(said.audience))),
        session=said.session or (host.edge.session if host.edge else ""),
        is_service=said.service == SERVICE,
    )


def _origin(host: HostSpec, said: Hostname) -> str:
    """Where the connector finds what is behind a name: on its own network, or on the machine's loopback."""
    if said.service != SERVICE:
        return said.service
    on_host, beside = f"127.0.0.1:{host.proxy.port}", f"ocrfleet-{host.name}-proxy:{PROXY_PORT}"
    return f"http://{on_host if ON_HOST in host.waivers else beside}"
