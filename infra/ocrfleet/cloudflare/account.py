"""The account that has a host's zone."""

from __future__ import annotations

from ocrfleet.cloudflare.client import Client
from ocrfleet.edge import WantedEdge
from ocrfleet.errors import Refused


def account_path(client: Client, edge: WantedEdge) -> str:
    """How paths of the account begin; raise Refused where the token does not see the zone."""
    zones = client.all("/zones", name=edge.zone)
    if not zones:
        raise Refused(f"the token sees no zone {edge.zone}", fix=f"ocrfleet edge check {edge.host}")
    return f"/accounts/{zones[0]['account']['id']}"
