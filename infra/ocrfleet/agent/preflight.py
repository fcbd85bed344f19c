"""Looks for everything that would make a deploy fail, before anything is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocrfleet.agent.docker import OURS
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.facts import guard_alive
from ocrfleet.agent.home import read_json, to_json
from ocrfleet.agent.networks import check_networks
from ocrfleet.agent.site import Site

LISTEN = "0A"
SHIELD = Path("/run/ocrfleet-shield")
FIRST_CLOSED_DOCKER = 28


def preflight(site: Site, wanted: dict[str, Any], owner: dict[str, str]) -> None:
    """Refuse with the reason, or return."""
    _docker(site)
    check_owner(site, owner)
    _guard(site)
    _shield(site)
    _images(site, wanted)
    _names(site, wanted["service"])
    _port(site, wanted["service"])
    check_networks(site.docker, wanted["service"])


def check_owner(site: Site, owner: dict[str, str]) -> None:
    """A host belongs to the first project and stack that deployed to it."""
    found = read_json(site.home.owner)
    if found is not None and found != owner:
        theirs, ours = (f"{one['project']}/{one['stack']}" for one in (found, owner))
        raise Refused(
            f"this host belongs to the stack {theirs}; you are {ours}",
            fix=f"use the stack {theirs}, or `pulumi destroy` there first",
        )


def claim(site: Site, owner: dict[str, str]) -> None:
    """Record whose host this is."""
    if read_json(site.home.owner) is None:
        site.world.save(site.home.owner, to_json(owner))


def _docker(site: Site) -> None:
    problem = site.docker.problem()
    if problem:
        raise Refused(problem, fix="make `docker info` work for the deploy user on the host, then run this again")


def _guard(site: Site) -> None:
    if not guard_alive(site):
        raise Refused(
            "no guard is alive on this host, so nothing would bring the service back after a reboot",
            fix="ocrfleet bootstrap HOST",
        )


def _shield(site: Site) -> None:
    """Before Docker 28 a rule set by `bootstrap` keeps the local network out; a reboot must not lose it."""
    version = site.world.run(["docker", "version", "--format={{.Server.Version}}"]).out.partition(".")[0]
    if version.isdigit() and int(version) < FIRST_CLOSED_DOCKER and not SHIELD.exists():
        raise Refused(
            f"Docker {version} opens ports on 127.0.0.1 to the local network, and the rule against it is not in place",
            fix="ocrfleet bootstrap HOST",
        )


def _images(site: Site, wanted: dict[str, Any]) -> None:
    for image in (wanted["image"], wanted["proxy_image"]):
        if not site.docker.has_image(image):
            raise Refused(f"the image {image[:19]} is not on this host", fix="run this again: it will be built")


def _names(site: Site, service: dict[str, Any]) -> None:
    """A container of our name without our label is somebody else's; it is never touched."""
    host = service["host"]
    names = [site.proxy.name(host), f"ocrfleet-{host}-{site.releases.next_number()}"]
    for name, container in site.docker.containers(*names).items():
        if container.labels.get(OURS) != host:
            raise Refused(
                f"a container named {name} exists and is not ours", fix=f"rename or remove {name} on the host"
            )


def _port(site: Site, service: dict[str, Any]) -> None:
    proxy = site.proxy.container(service["host"])
    port = service["proxy"]["port"]
    if (proxy is None or not proxy.running) and port in listening():
        raise Refused(
            f"port {port} on the host is taken by something that is not ours",
            fix=f"free port {port} (ss -ltnp tells who has it), or set proxy.port in the host file",
        )


def listening(tables: tuple[str, ...] = ("/proc/net/tcp", "/proc/net/tcp6")) -> set[int]:
    """Every TCP port something listens on."""
    lines = [line for table in tables if Path(table).exists() for line in Path(table).read_text("ascii").splitlines()]
    rows = [line.split() for line in lines if ":" in line]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == LISTEN}
