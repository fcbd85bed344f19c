"""Takes the service off the host. Images stay, and so does the guard, which then has nothing to guard."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.journal import RESTORED
from ocrfleet.agent.networks import NETWORKS
from ocrfleet.agent.site import Site

FOLDERS = ("releases", "secrets", "proxy", "uploads", "jobs")


def destroy(site: Site, *, host: str) -> dict[str, Any]:
    """Remove containers, networks, releases and secrets. Call it with the cutover lock held."""
    releases = site.releases.all()
    wanted = [found for one in releases if (found := site.releases.known(one.release))]
    # State first: from here on the guard starts nothing.
    for path in (site.home.state, site.home.owner, site.home.keys):
        site.world.disk.remove(path)
    site.world.disk.sync_folder(site.home.root)
    swap = site.journal.unfinished()
    if swap is not None:
        site.journal.write(swap.at(RESTORED))
    for container in site.docker.ours(host, "--all"):
        site.docker.remove(container.id, host=host)
    _remove_networks(site, {*NETWORKS, *(name for one in wanted for name in one["service"]["networks"])})
    for folder in FOLDERS:
        _empty(site, folder)
    site.home.make(site.world)
    return {"destroyed": host}


def _remove_networks(site: Site, networks: set[str]) -> None:
    for name in sorted(site.docker.subnets(*networks)):
        site.world.run(["docker", "network", "rm", name])


def _empty(site: Site, folder: str) -> None:
    """Remove everything in a folder; no secret comes back after a power cut."""
    for path in sorted((site.home.root / folder).iterdir()):
        site.world.disk.remove(path)
    site.world.disk.sync_folder(site.home.root / folder)
