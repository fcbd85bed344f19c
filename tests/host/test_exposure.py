"""What another machine on the same network segment finds of a host, and where the host's containers get to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pytest

from lab.machine import IMAGE
from lab.project import LabProject
from lab.shell import Ran
from tests.conftest import need

ENGINES, FRONT = "172.30.240.0/24", "172.30.241.0/28"
# Tries every port of an address, many at a time; prints the open ones.
SCAN = """\
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
address, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def is_open(port):
    with socket.socket() as one:
        one.settimeout(3)
        return one.connect_ex((address, port)) == 0
with ThreadPoolExecutor(200) as pool:
    ports = range(first, last + 1)
    print(json.dumps([port for port, found in zip(ports, pool.map(is_open, ports)) if found]))
"""
# Ends once somebody listens, who is left behind.
LISTEN = """\
import os, socket, time
listening = socket.create_server(("", 9))
if os.fork():
    os._exit(0)
os.closerange(0, 3)
time.sleep(3600)
"""
REACH = """\
import socket, sys
with socket.socket() as one:
    one.settimeout(3)
    sys.exit(one.connect_ex((sys.argv[1], int(sys.argv[2]))) != 0)
"""


@dataclass
class Neighbour:
    """Another machine beside a lab host, which sends what is meant for the host's private networks to the host."""

    name: str
    address: str
    lab: LabProject
    docker: tuple[str, ...]

    def scan(self, address: str, first: int, last: int) -> list[int]:
        """The open ports of an address."""
        ran = self.run("python3", "-c", SCAN, address, str(first), str(last))
        assert ran.code == 0, ran.out
        found: list[int] = json.loads(ran.out.splitlines()[-1])
        return found

    @property
    def own_address(self) -> str:
        """Where it is itself."""
        return address_of(self.docker, self.name)

    def run(self, *argv: str) -> Ran:
        return Ran.of([*self.docker, "exec", self.name, *argv])


def address_of(docker: tuple[str, ...], container: str) -> str:
    """A container's address on this machine's own bridge."""
    form = "--format={{.NetworkSettings.Networks.bridge.IPAddress}}"
    return Ran.of([*docker, "inspect", form, container]).out.strip()


@pytest.fixture(scope="module")
def neighbour(project: LabProject) -> Iterator[Neighbour]:
    """A deployed host, and a machine beside it."""
    need("Docker engine")
    project.deploy()
    address = address_of(project.docker, project.container)
    name = f"{project.container}-neighbour"
    may = ("--cap-add=NET_ADMIN", "--sysctl=net.ipv4.conf.all.route_localnet=1")
    words = ("run", "--detach", "--rm", "--init", f"--name={name}", *may, "--entrypoint=/bin/sleep")
    made = Ran.of([*project.docker, *words, IMAGE, "3600"])
    assert made.code == 0, made.out
    found = Neighbour(name, address, project, project.docker)
    try:
        for network in (ENGINES, FRONT):
            assert found.run("ip", "route", "add", network, "via", address).code == 0
        yield found
    finally:
        Ran.of([*project.docker, "rm", "--force", name])
        project.clean()


def test_nothing_but_ssh_listens_for_a_machine_on_the_same_segment(neighbour: Neighbour) -> None:
    assert neighbour.scan(neighbour.address, 1, 65535) == [22]


def test_the_service_is_there_for_the_host_itself(neighbour: Neighbour) -> None:
    assert neighbour.lab.inside("python3", "-c", REACH, "127.0.0.1", "8000", check=False).code == 0


def test_its_loopback_is_not_reached_through_its_address_on_the_segment(neighbour: Neighbour) -> None:
    """Docker before 28 takes in what comes from outside for 127.0.0.1: only the rule of `bootstrap` keeps it away."""
    roundabout = (
        f"ip route add default via {neighbour.address} table 100; ip rule add to 127.0.0.1 lookup 100 pref 1;"
        " ip rule add lookup local pref 2; ip rule del lookup local pref 0"
    )
    neighbour.run("sh", "-c", roundabout)
    try:
        assert neighbour.scan("127.0.0.1", 8000, 8000) == []
        neighbour.lab.script("iptables -w -t raw -D PREROUTING ! -i lo -d 127.0.0.0/8 -j DROP")
        assert neighbour.scan("127.0.0.1", 8000, 8000) == [8000]
    finally:
        neighbour.lab.script("sh /etc/ocrfleet/shield")
        neighbour.run("sh", "-c", "ip rule add lookup local pref 0; ip rule del pref 2; ip rule del pref 1")


def test_its_containers_are_not_reached_at_their_own_addresses(neighbour: Neighbour) -> None:
    inspect = ("docker", "inspect", "--format={{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}")
    found = [neighbour.lab.inside(*inspect, name).out.split() for name in containers(neighbour.lab)]
    addresses = [IPv4Address(address) for several in found for address in several]
    assert [any(one in IPv4Network(network) for one in addresses) for network in (ENGINES, FRONT)] == [True, True]
    for address in addresses:
        assert neighbour.scan(str(address), 8000, 8080) == [], address


def test_neither_engine_nor_proxy_gets_out_though_the_host_does(neighbour: Neighbour) -> None:
    assert neighbour.run("python3", "-c", LISTEN).code == 0
    outside, lab = neighbour.own_address, neighbour.lab
    assert lab.inside("python3", "-c", REACH, outside, "9", check=False).code == 0
    image = lab.inside("docker", "inspect", "--format={{.Image}}", containers(lab)[0]).out.strip()
    for container in containers(lab):
        # The proxy's image has no program to ask with, so one of the engine's asks from within its network.
        words = ("docker", "run", "--rm", f"--network=container:{container}", "--entrypoint=python3", image)
        assert lab.inside(*words, "-c", REACH, outside, "9", check=False).code != 0, container
        port = "8000" if container == containers(lab)[0] else "8080"
        assert lab.inside(*words, "-c", REACH, "127.0.0.1", port, check=False).code == 0, container


def containers(lab: LabProject) -> tuple[str, str]:
    """The engine and the proxy."""
    (engine,) = lab.engines()
    return engine, f"ocrfleet-{lab.name}-proxy"
