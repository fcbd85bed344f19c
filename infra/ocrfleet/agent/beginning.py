"""Keeps what an engine said while it started: its own log does not last, and what loaded is only told there."""

from __future__ import annotations

from contextlib import suppress

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.site import Site

LINES = 1000


def keep_beginning(site: Site, number: int) -> None:
    """Write a release's first lines beside its record; that they cannot be had is no reason to let it go."""
    with suppress(CommandFailed, OSError):
        said = site.docker.logs(site.releases.need(number).container or "", LINES)
        site.world.save(site.home.release(number) / "start", said.encode())
