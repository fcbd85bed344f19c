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


def need_of(service: dict[str, Any], peak: float | None) -> float:
    """What one copy needs: what the host file says, or more where more was measured of the same image."""
    declared: float = service["engine"]["memory_gib"]
    return max(declared, peak or 0.0)


def choose(service: dict[str, Any], memory: Memory, *, serving: bool, peak: float | None = None) -> Choice:
    """start-first where a second copy fits beside the first and leaves the reserve; stop-first otherwise."""
    asked, need = service["cutover"]["strategy"], need_of(service, peak)
    reserve = service["cutover"]["reserve_gib"]
    if not serving:
        return Choice(START_FIRST, "nothing is serving yet")
    if asked != "auto":
        return Choice(asked, "the host file says so")
    by = " as measured" if need > service["engine"]["memory_gib"] else ""
    fits = memory.free_gib - reserve >= need
    return Choice(START_FIRST if fits else STOP_FIRST, f"{memory}, {need} needed{by}, {reserve} kept in reserve")
