"""Changes an API key in two steps, so that there is no moment at which nobody's key is good."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Payload, Site

ALONE = "ocrfleet secrets rotate HOST NAME, then ocrfleet deploy HOST; the other key stays good meanwhile"


def admit(site: Site, payload: Payload) -> Payload:
    """Let a key's successor in beside it, until it is promoted. Call with the cutover lock held."""
    wanted, name, version = _wanted(site, payload["name"]), payload["name"], payload["version"]
    if len(wanted["service"]["proxy"]["api_keys"]) > 1:
        raise Refused("the proxy checks two keys, and both are in use, so there is no place for a third", fix=ALONE)
    if not site.home.secret(version, name).exists():
        raise Refused(f"the new value of {name} is not on this host", fix="ocrfleet rotate HOST api-key")
    site.proxy.keys.admit(wanted, name, version, payload["overlap"])
    site.proxy.keys.apply(wanted)
    return {"admitted": name}


def promote(site: Site, payload: Payload) -> Payload:
    """Make what was let in the valid key; the one before it stays good for the overlap. Call with the lock held."""
    wanted, name, version = _wanted(site, payload["name"]), payload["name"], payload["version"]
    known = site.proxy.keys.validities(wanted)
    if version not in known[name].good(site.world.now()):
        raise Refused(f"no such successor of {name} was let in on this host", fix="ocrfleet rotate HOST api-key")
    site.proxy.keys.admit(wanted, name, version, payload["overlap"])
    site.proxy.keys.record({**site.proxy.keys.versions(wanted), name: version})
    site.proxy.keys.apply(wanted)
    return {"promoted": name, "until": site.proxy.keys.validities(wanted)[name].until}


def keys(site: Site, _: Payload) -> Payload:
    """Which versions of the keys are good now."""
    serving = site.serving()
    known = site.proxy.keys.validities(site.releases.wanted(serving.release)) if serving else {}
    return {"now": site.world.now(), "keys": {name: vars(one) for name, one in known.items()}}


def _wanted(site: Site, name: str) -> dict[str, Any]:
    serving: Release | None = site.serving()
    if serving is None:
        raise Refused("nothing is serving on this host", fix="pulumi up -s HOST")
    wanted = site.releases.wanted(serving.release)
    if name not in wanted["service"]["proxy"]["api_keys"]:
        raise Refused(f"the service on this host asks for no key {name}", fix="pulumi up -s HOST, or name another key")
    return wanted
