"""The host's two networks, and the addresses of engines on them."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Network
from itertools import islice
from typing import Any

from ocrfleet.agent.docker import Docker
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.names import ENGINES, FRONT
from ocrfleet.agent.world import World

# The gateway has the first address of a network, the proxy the second, engines those after it.
PROXY, FIRST_ENGINE = 1, 2
NETWORKS = (ENGINES, FRONT)


def check_networks(docker: Docker, service: dict[str, Any]) -> None:
    """Refuse when a network of our name has another subnet than the host file says."""
    there = docker.subnets(*service["networks"])
    for name, found in there.items():
        wanted = _subnet(service["networks"][name])
        if found != wanted:
            raise Refused(
                f"the network {name} has the subnet {found}, the host file says {wanted}",
                fix=f"put {found} into the host file, or `pulumi destroy -s HOST` first",
            )


def ensure_networks(world: World, docker: Docker, service: dict[str, Any]) -> None:
    """Create the networks that are missing."""
    there = docker.subnets(*service["networks"])
    for name, argv in service["networks"].items():
        if name not in there:
            world.run(argv)


def engine_address(subnet: str, taken: Collection[str]) -> str:
    """The first address no retained release has, so that nobody is found on an old one."""
    for address in islice(IPv4Network(subnet).hosts(), FIRST_ENGINE, None):
        if str(address) not in taken:
            return str(address)
    raise Refused(f"no address is left in {subnet}", fix="ocrfleet prune HOST, or give the host file a larger network")


def proxy_address(subnet: str) -> str:
    """The address the proxy has among the engines."""
    return str(next(islice(IPv4Network(subnet).hosts(), PROXY, None)))


def _subnet(argv: list[str]) -> str:
    return next(word.partition("=")[2] for word in argv if word.startswith("--subnet="))
