"""Engines that run and do nothing, and what the guard makes of them in a while."""

from __future__ import annotations

from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host

BUSY = b'busy{model="x"} 1\ngenerated_tokens_total 7\nprocess_cpu_seconds_total 3\n'
IDLE = b"busy 0\ngenerated_tokens_total 7\n"
WEDGED = Behaviour(metrics=BUSY, page_seconds=99)
BLIND = Behaviour(metrics=IDLE, page_status=500, page_body=b"EngineDeadError")


def guard(host: Host, seconds: float) -> None:
    """The guard's rounds for so long."""
    end = host.outside.seconds + seconds
    while host.outside.seconds < end:
        host.guard(looks=1)


def restarts(host: Host) -> list[str]:
    """What the audit knows of engines that were started anew."""
    lines = host.ask("audit", last=100)["result"]["lines"]
    return [line["outcome"] for line in lines if line["what"] == "restart"]
