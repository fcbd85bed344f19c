"""A public name in front of a lab host: account, edge and connectors on this machine, the service on the host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.cloudflare.connector import connected
from lab.cloudflare.front import fronting
from lab.cloudflare.lay import lay
from lab.cloudflare.place import TOKEN, ZONE_NAME, Place, place
from lab.cloudflare.server import serving
from lab.cloudflare.tunnels import run_token
from lab.forward import forwarded
from lab.project import LabProject
from ocrfleet.cloudflare import Client
from ocrfleet.commands.sidecars import ON_HOST
from ocrfleet.edge import WantedEdge, wanted_edge
from ocrfleet.spec import HostSpec
from ocrfleet.spec.edge import Edge
from ocrfleet.spec.public import MODELS

NAME, CONSUMER = f"ocr.{ZONE_NAME}", "page-worker"


@dataclass
class Before:
    """The name, its account, and what leads to the host; `host` is the host file's with this edge."""

    at: Place
    host: HostSpec
    edge: WantedEdge
    tunnel: str
    client: Client
    url: str
    connectors: ExitStack
    joined: str = ""

    def deploy(self) -> int:
        """What a stack does for its connector: with another token, one more joins before the old one goes."""
        token = run_token(self.at.account, self.tunnel)
        if token != self.joined:
            old, self.connectors, self.joined = self.connectors, ExitStack(), token
            self.connectors.enter_context(connected(self.url, token))
            old.close()
        return 0


@contextmanager
def before(project: LabProject) -> Iterator[Before]:
    """Answer for a name in front of what serves on a lab host."""
    at = place()
    at.account.now = lambda: datetime.now(UTC)
    with forwarded(project, project.host.proxy.port) as port, serving(at.api) as api:
        host = _public(project.host, at.account.team, port)
        edge = wanted_edge(host)
        assert edge is not None  # noqa: S101  it was just said
        tunnel = lay(at, edge)
        with fronting(at.account, poll=0.2) as url:
            made = Before(at, host, edge, tunnel, Client(TOKEN, api.url), url, ExitStack())
            made.deploy()
            try:
                yield made
            finally:
                made.connectors.close()


def _public(host: HostSpec, team: str, port: int) -> HostSpec:
    """The host with a name before its proxy, which a connector on this machine finds on this machine's loopback."""
    door = {"paths": [MODELS], "audience": [CONSUMER]}
    edge = Edge.model_validate({"zone": ZONE_NAME, "team": team, "hostnames": {NAME: door}})
    here = {ON_HOST: "its connector runs on the machine of the tests"}
    proxy = host.proxy.model_copy(update={"port": port})
    return host.model_copy(update={"edge": edge, "proxy": proxy, "waivers": {**host.waivers, **here}})
