"""The machine keeps the service running and keeps strangers out."""

import time
from typing import Any

import pytest
from testinfra.host import Host

from ocrfleet.agent.alive import QUIET_SECONDS
from ocrfleet.operate.doctor import LEAST_DISK_GIB, MOST_SKEW_SECONDS
from ocrfleet.spec import HostSpec

LISTEN = "0A"


def test_nothing_of_ours_listens_but_on_loopback(host: Host, spec: HostSpec, record_property: Any) -> None:
    sockets = _listening(host)
    ours = {address for address, port in sockets if port == spec.proxy.port}
    assert ours == {"0100007F"}, f"port {spec.proxy.port} is open on {sorted(ours) or 'no address'}"
    foreign = sorted({port for address, port in sockets if not _is_loopback(address)})
    record_property("foreign", f"other open ports of this machine: {', '.join(map(str, foreign)) or 'none'}")


def test_containers_are_closed_to_the_local_network(host: Host) -> None:
    version = host.run("docker version --format '{{.Server.Version}}'").stdout.partition(".")[0]
    closed = int(version) >= 28 or host.file("/run/ocrfleet-shield").exists
    assert closed, f"Docker {version} opens 127.0.0.1 to the local network and no rule keeps it out"


def test_the_guard_is_alive(facts: dict[str, Any]) -> None:
    assert facts["guard_alive"], f"it has not been seen for {QUIET_SECONDS:.0f} s"


def test_there_is_room_on_the_disk(facts: dict[str, Any]) -> None:
    assert facts["disk_free_gib"] >= LEAST_DISK_GIB, f"{facts['disk_free_gib']} GiB free"


def test_the_clock_is_right(facts: dict[str, Any]) -> None:
    assert facts["now"] == pytest.approx(time.time(), abs=MOST_SKEW_SECONDS), "the clocks differ"


def _listening(host: Host) -> set[tuple[str, int]]:
    """Addresses (as the kernel writes them) and ports of every listening TCP socket."""
    rows = [line.split() for line in host.run("cat /proc/net/tcp /proc/net/tcp6").stdout.splitlines()]
    local = [row[1].rpartition(":") for row in rows if len(row) > 3 and row[3] == LISTEN]
    return {(address, int(port, 16)) for address, _, port in local}


def _is_loopback(address: str) -> bool:
    return (address.endswith("7F") and len(address) == 8) or address == "00000000000000000000000001000000"
