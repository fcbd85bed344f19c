"""Names by content: the same inputs give the same name, here and on the operator's side. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.home import to_json


def digest(wanted: dict[str, Any]) -> str:
    """Name what a release runs by its content."""
    return hashlib.sha256(to_json(wanted)).hexdigest()


def content_digest(files: Mapping[str, str]) -> str:
    """Name a build context by its content: same files, same digest, whatever their order or dates."""
    return hashlib.sha256(to_json(dict(files))).hexdigest()


def fingerprint(context: str, base_ids: dict[str, str], arch: str) -> str:
    """Name an image by everything that decides what is in it."""
    return hashlib.sha256(to_json([context, base_ids, arch])).hexdigest()[:20]


def tag(host: str, name: str, mark: str) -> str:
    """The reference an image of ours has on its host."""
    return f"ocrfleet/{host}-{name}:{mark}"


def base_ids(bases: tuple[str, ...], images: dict[str, str]) -> dict[str, str]:
    """What each base is on this host: a digest names itself, a tag is looked up."""
    missing = [base for base in bases if "@sha256:" not in base and base not in images]
    if missing:
        raise Refused(
            f"the base image {missing[0]} is not on the host, and without a digest it cannot be pulled safely",
            fix="pin it (name:tag@sha256:…) in the host file, or load it on the host with docker load",
        )
    return {base: base if "@sha256:" in base else images[base] for base in bases}
