"""A swap to the image two, the behaviours with which it fails its gate, and what it raises then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ocrfleet.agent.errors import HostError
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted

GOOD = Behaviour()
FAILING = {
    "exits at once": replace(GOOD, exits_at=0.1),
    "never listens": replace(GOOD, listens_at=99),
    "never healthy": replace(GOOD, health=((0, 503),)),
    "another model": replace(GOOD, models=b'{"data": []}'),
    "wrong text": replace(GOOD, text="lorem ipsum dolor sit amet, consectetur"),
    "one word again and again": replace(GOOD, text="Invoice " * 20),
    "cut off": replace(GOOD, finish="length"),
    "error 500": replace(GOOD, page_status=500),
    "hangs": replace(GOOD, page_seconds=99),
    "dies soon": replace(GOOD, exits_at=1.6),
}


def two(strategy: str, **more: Any) -> dict[str, Any]:
    return wanted("two", cutover__strategy=strategy, proxy__caddyfile="http://:8080 # two\n", **more)


def fails(host: Host, wish: dict[str, Any]) -> HostError:
    """Deploy, and return what it raised."""
    with pytest.raises(HostError) as failed:
        host.deploy(wish)
    return failed.value
