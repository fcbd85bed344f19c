"""What can be wrong with the inputs of a resource before its host is asked."""

from __future__ import annotations

from collections.abc import Mapping

from ocrfleet.provider.resource import Values

IMAGE = ("host", "ssh", "name", "files", "arch", "buildSecrets", "limitSeconds")
SERVICE = (
    "host",
    "ssh",
    "owner",
    "run",
    "proxyRun",
    "caddyfile",
    "gate",
    "settings",
    "image",
    "proxyImage",
    "secrets",
)
INPUTS = {"Image": IMAGE, "Service": SERVICE}


def wrong(kind: str, olds: Values, news: Values) -> Mapping[str, str]:
    """Name the inputs that a resource of this kind lacks; else refuse to follow a stack to another machine."""
    names = INPUTS[kind]
    missing = {name: "is missing; declare the resource through ocrfleet.stack" for name in names if name not in news}
    return missing or _moved(olds, news)


def _moved(olds: Values, news: Values) -> Mapping[str, str]:
    """A stack is one machine: its address may not change under it."""
    if "ssh" not in olds:
        return {}
    old, new = (f"{one['ssh']['address']}:{one['ssh']['port']}" for one in (olds, news))
    if old == new:
        return {}
    why = f"this stack was deployed to {old} and the host file now says {new}; nothing was changed"
    return {"ssh": f"{why}. Destroy it there first (pulumi destroy), or give the new machine a stack of its own"}
