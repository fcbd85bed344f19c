"""Keeps what an engine said, beside the record of its release: a container's own log does not last."""

from __future__ import annotations

from contextlib import suppress

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.site import Site

FIRST, LAST = 1000, 200


def keep_beginning(site: Site, number: int) -> None:
    """Keep what it said while it started; that this cannot be had is no reason to let it go."""
    with suppress(CommandFailed, OSError):
        said = site.docker.logs(site.releases.need(number).container or "", FIRST)
        site.world.save(site.home.release(number) / "start", said.encode())


def keep_end(site: Site, number: int) -> None:
    """Keep the last that it said; nothing waits for that."""
    with suppress(Exception):
        if said := site.docker.logs(site.releases.need(number).container or "", LAST):
            site.world.save(site.home.release(number) / "log", said.encode())
