"""What can be wrong with the inputs of a resource before its host is asked."""

from __future__ import annotations

from collections.abc import Mapping

from ocrfleet.errors import Refused
from ocrfleet.provider.resource import Values

PLACE = ("host", "ssh", "owner")
IMAGE = (*PLACE, "name", "files", "copies", "arch", "buildSecrets", "limitSeconds")
MODEL = (*PLACE, "repo", "revision", "hub", "token")
SECRET = (*PLACE, "name", "version", "value")
SERVICE = (*PLACE, "run", "proxyRun", "caddyfile", "gate", "settings", "image", "proxyImage", "secrets")
# What the machine must be and have. It decides nothing about a resource, so no difference in it is a change.
NEEDS = "needs"
# What the resources of an older state have not, and what that stands for.
LATER: Values = {NEEDS: "", "copies": {}}
INPUTS = {"Image": (*IMAGE, NEEDS), "Model": (*MODEL, NEEDS), "Service": (*SERVICE, NEEDS), "HostSecret": SECRET}


def inputs_of(values: Values, names: tuple[str, ...]) -> Values:
    """The inputs among the values of a resource, also of one that an older version made."""
    return {name: values[name] if name in values else LATER[name] for name in (*names, NEEDS)}


def wrong(kind: str, olds: Values, news: Values) -> Mapping[str, Refused]:
    """Name the inputs that a resource of this kind lacks; else refuse to follow a stack to another machine."""
    names = INPUTS[kind]
    missing = {name: _missing(kind, name) for name in names if name not in news}
    return missing or _moved(olds, news)


def _missing(kind: str, name: str) -> Refused:
    return Refused(f"{kind} has no input {name}", fix="declare it through ocrfleet.stack")


def _moved(olds: Values, news: Values) -> Mapping[str, Refused]:
    """A stack is one machine: its address may not change under it."""
    if "ssh" not in olds:
        return {}
    old, new = (f"{one['ssh']['address']}:{one['ssh']['port']}" for one in (olds, news))
    if old == new:
        return {}
    why = f"this stack was deployed to {old} and the host file now says {new}"
    fix = f"{old} in the host file and pulumi destroy -s {news['host']}, or a host file of its own for the new machine"
    return {"ssh": Refused(why, fix=fix)}
