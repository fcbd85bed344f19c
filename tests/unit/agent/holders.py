"""Somebody else who holds the lock of a host."""

from __future__ import annotations

import os

from ocrfleet.agent import locks
from ocrfleet.agent.alive import beat
from tests.unit.agent.host import Host

ANA = {"what": "deploy", "who": "ana@mac", "job": "1a2b"}


def released_after(serving: Host, seconds: float) -> None:
    """Somebody holds the cutover lock that long; the guard lives on meanwhile."""
    handle = locks.acquire(serving.world, serving.home.cutover_lock, ANA)

    def end() -> None:
        os.close(handle)
        beat(serving.site)

    serving.outside.at(serving.outside.seconds + seconds, end)
