"""What a host told about itself, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ocrfleet.agent.memory import Memory


@dataclass(frozen=True)
class Facts:
    """The answer of the agent's verb `facts`.

    `docker` is None where Docker works, else why it does not; so is each of `models`, by REPO@COMMIT, where it is
    whole.
    """

    arch: str
    now: float
    owner: Mapping[str, str] | None
    guard_alive: bool
    memory: Memory
    disk_free_gib: float
    models: Mapping[str, str | None]
    job: Mapping[str, Any] | None
    serving: Mapping[str, Any] | None
    previous: Mapping[str, Any] | None
    settings: Mapping[str, str]
    pinned: int | None
    stopped: bool
    outages: tuple[float, ...]
    proxy_outages: tuple[float, ...]
    ready: tuple[float, ...]
    docker: str | None
    images: Mapping[str, str]
    drift: tuple[str, ...]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Facts:
        """Read an answer; what a newer agent adds is ignored."""
        known = _known(cls, raw)
        lists = {name: tuple(known[name]) for name in ("outages", "proxy_outages", "ready", "drift")}
        return cls(**{**known, **lists, "memory": Memory(**_known(Memory, raw["memory"]))})


def _known(kind: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: raw[field.name] for field in fields(kind)}
