"""Whose host this is."""

from __future__ import annotations

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.home import read_json, to_json
from ocrfleet.agent.site import Site
from ocrfleet.agent.untouched import untouched


def check_owner(site: Site, owner: dict[str, str]) -> None:
    """A host belongs to the first project and stack that deployed to it."""
    found = read_json(site.home.owner)
    if found is not None and found != owner:
        theirs, ours = (f"{one['project']}/{one['stack']}" for one in (found, owner))
        raise Refused(
            f"this host belongs to the stack {theirs}; you are {ours}",
            fix=f"use the stack {theirs}, or `pulumi destroy` there first",
        )


@untouched()
def claim(site: Site, owner: dict[str, str]) -> None:
    """Record whose host this is."""
    if read_json(site.home.owner) is None:
        site.world.save(site.home.owner, to_json(owner))
