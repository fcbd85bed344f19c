"""Chooses how one release follows another, from what was measured. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ocrfleet.agent.memory import Memory

START_FIRST, STOP_FIRST = "start-first", "stop-first"


@dataclass(frozen=True)
class Choice:
    """A strategy and why."""

    strategy: str
    why: str


def choose(service: dict[str, Any], memory: Memory, *, serving: bool) -> Choice:
    """start-first where a second copy fits beside the first and leaves the reserve; stop-first otherwise."""
    asked, need = service["cutover"]["strategy"], service["engine"]["memory_gib"]
    reserve = service["cutover"]["reserve_gib"]
    if not serving:
        return Choice(START_FIRST, "nothing is serving yet")
    if asked != "auto":
        return Choice(asked, "the host file says so")
    sum_ = f"{memory.free_gib} GiB {memory.kind} memory free, {need} needed, {reserve} kept in reserve"
    fits = memory.free_gib - reserve >= need
    return Choice(START_FIRST if fits else STOP_FIRST, sum_)
