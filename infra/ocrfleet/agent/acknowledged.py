"""Remembers which releases some stack's state knew: a state that does not is a copy from before.

A release that finished when its operator was gone is in no state, so it makes none of them old.
"""

from __future__ import annotations

from ocrfleet.agent.site import Payload, Site


def acknowledge(site: Site, payload: Payload) -> Payload:
    """Hear that a state knows a release."""
    number = payload["release"]
    if site.releases.get(number) is not None and not is_acknowledged(site, number):
        site.world.save(site.home.acknowledged(number), b"")
    return {}


def is_acknowledged(site: Site, number: int) -> bool:
    """Whether a state ever knew a release."""
    return site.home.acknowledged(number).exists()
