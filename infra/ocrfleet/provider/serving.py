"""The service as its host has it."""

from __future__ import annotations

from typing import Any

from ocrfleet.plan.texts import to_texts
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.inputs import PLACE, inputs_of
from ocrfleet.provider.resource import Found, Values
from ocrfleet.provider.values import Secret

TOLD = ("release", "container", "since", "strategy", "outage_seconds")


def as_wanted(hosts: Hosts, inputs: Values) -> Found:
    """What serves, where that is what these inputs lead to."""
    facts = hosts.facts(inputs)
    told = {name: (facts.serving or {}).get(name) for name in TOLD}
    return Found(inputs["host"], {**inputs, **told, "drift": list(facts.drift)}, inputs)


def as_it_is(hosts: Hosts, inputs: Values) -> Found:
    """What serves, with the inputs that would lead to it; with these where its record is damaged."""
    serving = hosts.facts(inputs).serving
    if serving is None:
        return as_wanted(hosts, inputs)
    wanted: dict[str, Any] = hosts.remote(inputs).tell("manifest", release=serving["release"])["wanted"]
    if not wanted:
        return as_wanted(hosts, inputs)
    real = {
        **inputs_of(inputs, PLACE),
        **to_texts(wanted["service"]),
        "image": wanted["image"],
        "proxyImage": wanted["proxy_image"],
        "secrets": {name: _known(inputs, name, version) for name, version in wanted["secrets"].items()},
    }
    return as_wanted(hosts, real)


def _known(inputs: Values, name: str, version: str) -> dict[str, Any]:
    """A secret by its version on the host; its value is what we know, if it is the same one."""
    mine = inputs["secrets"].get(name, {})
    value = mine["value"] if mine.get("version") == version else Secret("")
    return {"version": version, "value": value if isinstance(value, Secret) else Secret(value)}
