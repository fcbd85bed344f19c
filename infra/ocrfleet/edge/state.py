"""What a stack says of its edge: read out of its exported state, where no secret is needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocrfleet.edge.adopt import COMPONENT

CONFIG = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig"


@dataclass(frozen=True)
class StackEdge:
    """Ids of everything a stack made at Cloudflare, the rules it wrote last, and its edge's URN."""

    ours: frozenset[str] = frozenset()
    written: tuple[dict[str, Any], ...] | None = None
    component: str | None = None


def stack_edge(exported: Mapping[str, Any]) -> StackEdge:
    """Read what `pulumi stack export` prints."""
    resources = (exported.get("deployment") or {}).get("resources") or []
    made = [one for one in resources if one["type"].startswith("cloudflare:") and one.get("id")]
    rules = [_rules(one) for one in made if one["type"] == CONFIG]
    components = [one["urn"] for one in resources if one["type"] == COMPONENT]
    return StackEdge(frozenset(one["id"] for one in made), next(iter(rules), None), next(iter(components), None))


def _rules(resource: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    config = (resource.get("outputs") or {}).get("config") or {}
    return tuple(_in_api_words(rule) for rule in config.get("ingresses") or [])


def _in_api_words(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Say a rule as the API does; the SDK has another word for one thing of it."""
    said = dict(rule)
    request = dict(said.get("originRequest") or {})
    if "access" in request:
        words = {"audTags": "audTag"}
        request["access"] = {words.get(name, name): value for name, value in request["access"].items()}
    return {**said, **({"originRequest": request} if request else {})}
