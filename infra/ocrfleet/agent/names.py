"""Names by content: the same inputs give the same name, here and on the operator's side. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.home import to_json

# The one setting that cannot change under a running proxy.
PROXY = "the proxy's container"


# The file in which a hub's token reaches the host.
HUB_TOKEN = "hub-token"  # noqa: S105  a name

# Folders of secrets that no release names: a prune leaves them to whoever put them there.
BESIDE = "edge-"

ENGINES, FRONT = "ocrfleet-engines", "ocrfleet-front"
# What of a service the engine's container is made of.
ENGINE = ("format", "host", "run", "subnet", "engine")


def digest(wanted: Mapping[str, Any]) -> str:
    """Name a release by what its engine is made of; everything else is a setting, applied without a new release."""
    service = wanted["service"]
    # Of the networks, engines are on one.
    made_from = {**{name: service[name] for name in ENGINE}, "network": service["networks"].get(ENGINES)}
    return hashlib.sha256(to_json([wanted["image"], made_from])).hexdigest()


def settings(wanted: Mapping[str, Any]) -> dict[str, str]:
    """Name, part by part, what needs no new engine."""
    service, proxy = wanted["service"], wanted["service"]["proxy"]
    parts = {
        "gate": service["gate"],
        "cutover": service["cutover"],
        "retention": service["keep"],
        "proxy": [proxy["caddyfile"], proxy["port"]],
        "API keys": [proxy["api_keys"], wanted["secrets"]],
        PROXY: shape(wanted),
    }
    return {part: hashlib.sha256(to_json(value)).hexdigest()[:16] for part, value in parts.items()}


def shape(wanted: Mapping[str, Any]) -> str:
    """Name the proxy's container by what it is created from; it is always stopped with a limit of its own."""
    run = [word for word in wanted["service"]["proxy"]["run"] if not word.startswith("--stop-timeout=")]
    made_from = [run, wanted["proxy_image"], wanted["service"]["subnet"]]
    return hashlib.sha256(to_json(made_from)).hexdigest()[:16]


def content_digest(files: Mapping[str, str]) -> str:
    """Name a build context by its content: same files, same digest, whatever their order or dates."""
    return hashlib.sha256(to_json(dict(files))).hexdigest()


def fingerprint(context: str, base_ids: dict[str, str], arch: str) -> str:
    """Name an image by everything that decides what is in it."""
    return hashlib.sha256(to_json([context, base_ids, arch])).hexdigest()[:20]


def tag(host: str, name: str, mark: str) -> str:
    """The reference an image of ours has on its host."""
    return f"ocrfleet/{host}-{name}:{mark}"


def is_tag_of(host: str, reference: str) -> bool:
    """Whether an image of this host has such a reference; another host's name may begin with this one's."""
    return bool(re.fullmatch(rf"ocrfleet/{re.escape(host)}-[^-:/]+:[^:/]+", reference))


def base_ids(bases: tuple[str, ...], images: dict[str, str]) -> dict[str, str]:
    """What each base is on this host: a digest names itself, a tag is looked up."""
    missing = [base for base in bases if "@sha256:" not in base and base not in images]
    if missing:
        raise Refused(
            f"the base image {missing[0]} is not on the host, and without a digest it cannot be pulled safely",
            fix="pin it (name:tag@sha256:…) in the host file, or load it on the host with docker load",
        )
    return {base: base if "@sha256:" in base else images[base] for base in bases}
