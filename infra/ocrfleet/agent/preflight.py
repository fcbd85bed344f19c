"""Looks for everything that would make a deploy fail, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ocrfleet.agent import engine
from ocrfleet.agent.alive import guard_alive
from ocrfleet.agent.daemon import Daemon
from ocrfleet.agent.diagnosis import DISK_FULL
from ocrfleet.agent.docker import Container
from ocrfleet.agent.errors import CommandFailed, Refused
from ocrfleet.agent.holders import held_by
from ocrfleet.agent.jobs import Jobs
from ocrfleet.agent.memory import measure, share_cards
from ocrfleet.agent.models import flaw
from ocrfleet.agent.networks import check_networks
from ocrfleet.agent.owner import check_owner
from ocrfleet.agent.site import Site
from ocrfleet.agent.strategy import need_of

LISTEN, MIB = "0A", 1024**2
SHIELD = Path("/run/ocrfleet-shield")
FIRST_CLOSED_DOCKER = 28
RESERVE = 256 * 1024
# What Docker must have to spare for a swap: its own records of containers, and what those write.
LEAST = 64 * MIB
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def preflight(site: Site, wanted: dict[str, Any], owner: dict[str, str]) -> None:
    """Refuse a deploy with the reason, or return; call it with the cutover lock held."""
    _check(site, wanted["service"], owner, is_still=True)
    _room(site)
    with _looking():
        _images(site, wanted)
    check_model(site, wanted)
    _secrets(site, wanted)


def check(site: Site, service: dict[str, Any] | None, owner: dict[str, str]) -> None:
    """Refuse what no image and no secret would make good, or return; without a service, look at the host alone.

    It changes nothing, so that it can be asked before anything is sent or built. While a job of ours is at work, nobody
    is refused for what is taken now: whoever asks for the same joins that job, and anybody else comes after it.
    """
    _check(site, service, owner, is_still=not is_at_work(site))


def is_at_work(site: Site) -> bool:
    """Whether a job is at work, or has died in the middle of a swap that is still to be undone."""
    return site.journal.unfinished() is not None or Jobs(site.world, site.home).running() is not None


def _check(site: Site, service: dict[str, Any] | None, owner: dict[str, str], *, is_still: bool) -> None:
    daemon = check_docker(site)
    check_owner(site, owner)
    _guard(site)
    _shield(site, daemon)
    if is_still:
        _docker_room(site, daemon)
    if service is not None:
        with _looking():
            proxy = _names(site, service)
            check_networks(site.docker, service)
            if is_still:
                _port(site, service, proxy)
                _memory(site, service)


@contextmanager
def _looking() -> Iterator[None]:
    """Nothing was changed by looking, so a question that Docker does not answer refuses what it was asked for."""
    try:
        yield
    except CommandFailed as error:
        raise Refused(f"this host cannot be looked at: {error}", fix="ocrfleet doctor HOST") from error


def check_docker(site: Site) -> Daemon:
    """Without Docker nothing can be done; with it, return what it says of itself."""
    daemon = site.docker.daemon()
    if daemon.problem:
        fix = "make `docker info` work for the deploy user on the host, then run this again"
        raise Refused(daemon.problem, fix=fix)
    return daemon


def _guard(site: Site) -> None:
    if not guard_alive(site):
        raise Refused(
            "no guard is alive on this host, so nothing would bring the service back after a reboot",
            fix="ocrfleet bootstrap HOST",
        )


def _shield(site: Site, daemon: Daemon) -> None:
    """Before Docker 28 a rule set by `bootstrap` keeps the local network out; a reboot must not lose it."""
    major = daemon.major
    if major is not None and major < FIRST_CLOSED_DOCKER and site.world.read(SHIELD) is None:
        raise Refused(
            f"Docker {major} opens ports on 127.0.0.1 to the local network, and the rule against it is not in place",
            fix="ocrfleet bootstrap HOST",
        )


def _room(site: Site) -> None:
    """Put space aside before it is needed; see Home.reserve."""
    if site.home.reserve.exists():
        return
    try:
        site.world.save(site.home.reserve, bytes(RESERVE))
    except OSError as error:
        raise Refused(
            f"there is no room left under {site.home.root}: {error}", fix="free space on the host (df -h tells where)"
        ) from error


def _docker_room(site: Site, daemon: Daemon) -> None:
    """Where Docker has next to no room, it may not even start again what was stopped."""
    with suppress(OSError):
        free = site.world.space(Path(daemon.root)).free
        if free < LEAST:
            raise Refused(
                f"only {free // MIB} MiB are free under {daemon.root}, where Docker keeps containers",
                fix=DISK_FULL.remedy,
            )


def _images(site: Site, wanted: dict[str, Any]) -> None:
    for image in site.docker.lacking(wanted["image"], wanted["proxy_image"]):
        raise Refused(f"the image {image[:19]} is not on this host", fix="run this again: it will be built")


def check_model(site: Site, wanted: dict[str, Any]) -> None:
    """Weights that are not whole would only be found missing once something was stopped for them."""
    model = wanted["service"].get("model")
    why = model and flaw(site.home, model["repo"], model["revision"])
    if why:
        raise Refused(
            f"the model {model['repo']} at {model['revision'][:12]} is not whole on this host: {why}",
            fix="pulumi up -s HOST fetches what is missing",
        )


def _secrets(site: Site, wanted: dict[str, Any]) -> None:
    for name in site.proxy.keys.lacking(wanted):
        raise Refused(f"the secret {name} did not reach this host", fix="run this again: it will be sent")


def _names(site: Site, service: dict[str, Any]) -> Container | None:
    """A container of our name without our label is somebody else's, and never touched; return the proxy's."""
    host = service["host"]
    proxy = site.proxy.name(host)
    there = site.docker.containers(proxy, engine.name(host, site.releases.next_number()))
    for container in there.values():
        container.must_belong_to(host)
    return there.get(proxy)


def _port(site: Site, service: dict[str, Any], proxy: Container | None) -> None:
    port = service["proxy"]["port"]
    is_ours = proxy is not None and proxy.is_up and port in proxy.ports
    if not is_ours and port in listening(site):
        raise Refused(
            f"port {port} on the host is taken by something that is not ours",
            fix=f"free port {port} (ss -ltnp tells who has it), or set proxy.port in the host file",
        )


def _memory(site: Site, service: dict[str, Any]) -> None:
    """Refuse an engine that does not fit even in the place of the one that runs; it would only be an outage."""
    need, memory, serving = need_of(service, None), measure(site.world, service), site.serving()
    known = None if serving is None else site.releases.known(serving.release)
    held = 0.0
    shares = known is not None and share_cards(known["service"], service)
    if serving is not None and known is not None and shares and engine.is_running(site, serving):
        held = need_of(known["service"], serving.peak_gib)
    if memory.free_gib + held < need:
        beside = f", and release {serving.release} holds {held}" if serving is not None and held else ""
        raise Refused(
            f"the engine needs {need} GiB of memory: {memory}{beside}{held_by(site.world, service)}",
            fix="end what else holds memory (nvidia-smi or free -g on the host tells), or lower engine.memory_gib in "
            "the host file if it needs less",
        )


def listening(site: Site) -> set[int]:
    """Every TCP port something listens on."""
    lines = [line for table in TABLES for line in (site.world.read(table) or "").splitlines()]
    rows = [line.split() for line in lines if ":" in line]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == LISTEN}
