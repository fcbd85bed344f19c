"""Spark's and Calypso's host files on a lab host: what the lab cannot be is replaced, the rest is as it is written."""

from __future__ import annotations

import copy
from typing import Any

from lab import debian
from lab.gpus.cards import Card

# What a gate waits for is the model's loading; the lab's is loaded in seconds, and nobody waits to see it stay good.
READY_SECONDS, HEALTHY_SECONDS = 60, 1


def on_lab(raw: dict[str, Any], ssh: dict[str, Any], card: Card) -> dict[str, Any]:
    """A host file for the lab: its address and keys, its Debian, this processor, no public names, its share of memory.

    The lab's Debian is made here, so no registry has a digest of it; the engine's base image is not replaced, since the
    lab host has an image of that very name.
    """
    host = copy.deepcopy(raw)
    host["ssh"] = ssh
    host["arch"] = "any"
    del host["edge"]
    host["build"]["proxy_base"] = debian.NAME
    host["gate"].update(ready_seconds=READY_SECONDS, healthy_seconds=HEALTHY_SECONDS)
    for part, key in (("engine", "memory_gib"), ("cutover", "reserve_gib"), ("gpu", "memory_gib")):
        host[part][key] /= card.scale
    return host
