"""Edges for tests, drawn at random as host files may ask for them."""

from __future__ import annotations

from random import Random
from typing import Any

from ocrfleet.edge import WantedEdge, wanted_edge
from ocrfleet.spec import HostSpec
from ocrfleet.spec.edge import Edge
from tests.unit.spec.files import LAB, parse

HOST = parse(LAB)
ZONE = "example.org"
WAIVED = {"host-network-connector": "something listens on the loopback only"}
CONSUMERS = ("app", "chat-worker", "page-worker", "reader")
PATHS = ("/", "/api/chat", "/api/tags", "/v1/a.b", "/v1/chat/completions", "/v1/models")


def host_with(edge: dict[str, Any], *, waived: bool = False) -> HostSpec:
    """The lab's host with this edge; its waivers are read where its file is."""
    return HOST.model_copy(update={"edge": Edge.model_validate(edge), "waivers": WAIVED if waived else {}})


def wanted(edge: dict[str, Any] | None = None, *, waived: bool = False) -> WantedEdge:
    """An edge of one name, or this one."""
    plain = {"zone": ZONE, "team": "example", "hostnames": {f"ocr.{ZONE}": {"audience": ["page-worker"]}}}
    found = wanted_edge(host_with(edge or plain, waived=waived))
    assert found is not None
    return found


def drawn(random: Random) -> WantedEdge:
    """Any edge: one to four names, of which some are not our service's."""
    names = random.sample([ZONE, *(f"{label}.{ZONE}" for label in ("a", "b-1", "ocr", "x.y"))], random.randint(1, 4))
    doors = {name: _door(random) for name in names}
    edge = {"zone": ZONE, "team": random.choice(["example", "t-1"]), "hostnames": doors}
    tunnel = {"tunnel": "front-door"} if random.random() < 0.5 else {}
    return wanted({**edge, **tunnel}, waived=random.random() < 0.5)


def _door(random: Random) -> dict[str, Any]:
    audience = random.choices(CONSUMERS, k=random.randint(1, 4))
    local = {"service": "http://127.0.0.1:11434", "paths": random.sample(PATHS, random.randint(1, 4))}
    return {"audience": audience, "session": random.choice(["15m", "24h"]), **(local if random.random() < 0.5 else {})}
