"""What two host files of one project may not share: a tunnel's rules are written whole, so each has one stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrfleet.edge.wanted import WantedEdge
from ocrfleet.plan.finding import Finding


def neighbours(edge: WantedEdge, others: Iterable[WantedEdge]) -> Finding:
    """Judge whether this edge has its tunnel and its names for itself."""
    found = [line for other in others if other.host != edge.host for line in _shared(edge, other)]
    return Finding("other hosts", good=not found, detail="; ".join(found) or "none has these names or this tunnel")


def _shared(edge: WantedEdge, other: WantedEdge) -> Iterator[str]:
    if edge.tunnel == other.tunnel and edge.zone == other.zone:
        yield f"{other.host} has the tunnel {edge.tunnel}, too: give each its own"
    for name in sorted({door.hostname for door in edge.doors} & {door.hostname for door in other.doors}):
        yield f"{other.host} has the name {name}, too: take it out of one of the files"
