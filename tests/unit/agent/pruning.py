"""Releases in every state, and what a prune removes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ocrfleet.agent.releases import CANDIDATE, FAILED, GOOD, PRUNED, Release
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host

BAD = Behaviour(text="lorem ipsum dolor sit amet")
RELEASES = st.lists(st.sampled_from([GOOD, GOOD, FAILED, PRUNED, CANDIDATE]), max_size=12)


def release(number: int, state: str) -> Release:
    return Release(number, state, 0.0, "digest", "sha256:x", f"10.0.0.{number}")


def pruned(host: Host, **wish: Any) -> list[int]:
    """What a prune removes that an operator asks for."""
    found: list[int] = host.job("prune", **wish)["result"]["pruned"]
    return found
