"""What runs beside the service, in the words of Pulumi's Docker provider: a connector, and exporters.

What only a deploy knows comes in as whatever the caller has: text, or a promise of it.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from ocrfleet.commands.containers import FRONT, HOME

if TYPE_CHECKING:
    from ocrfleet.spec import HostSpec
    from ocrfleet.spec.exporter import Exporter

# Docker takes the way out of the network whose name comes first, and the proxy's leads nowhere.
OUTWARD = "ocrfleet-edge"
ON_HOST = "host-network-connector"
TUNNEL_TOKEN = "tunnel-token"  # noqa: S105  a name
TOKEN_FILE = f"/run/secrets/{TUNNEL_TOKEN}"
# What cloudflared's image calls its own user: neither the engine's nor the proxy's.
CONNECTOR_USER, EXPORTER_USER = "65532:65532", "65533:65533"
METRICS_PORT, PORTS = 20241, 1000
CONNECTED_SECONDS, STOP_SECONDS = 120, 35
MIB = 256

Words = dict[str, Any]


def outward(host: HostSpec) -> Words:
    """The network by which a connector reaches Cloudflare; it listens to nobody there."""
    return {
        "name": OUTWARD,
        "driver": "bridge",
        "options": {"com.docker.network.bridge.name": OUTWARD},
        "labels": _labels(host, "connector"),
    }


def connector(host: HostSpec, *, version: Any, file: Any, metrics: Any) -> Words:
    """Cloudflare's connector: its token is a file, and it tells how it is on its own loopback only."""
    on_host = ON_HOST in host.waivers
    where = {"network_mode": "host"} if on_host else {"networks_advanced": [{"name": OUTWARD}, {"name": FRONT}]}
    cloudflared = ["tunnel", "--no-autoupdate", "--metrics", metrics]
    return {
        **_walled(
            host, "connector", user=CONNECTOR_USER, more={"ocrfleet.token": version, "ocrfleet.metrics": metrics}
        ),
        **where,
        "command": [*cloudflared, "run", "--token-file", TOKEN_FILE],
        "mounts": [{"type": "bind", "source": file, "target": TOKEN_FILE, "read_only": True}],
        "healthcheck": {
            "tests": ["CMD", "cloudflared", *cloudflared, "ready"],
            "interval": "2s",
            "timeout": "5s",
            "retries": 15,
        },
        # It is made once it has joined its tunnel, and ends once it has answered what it was asked.
        "wait": True,
        "wait_timeout": CONNECTED_SECONDS,
        "destroy_grace_seconds": STOP_SECONDS,
    }


def metrics_address(host: HostSpec, version: str) -> str:
    """Where a connector tells how it is: two of them on the machine's own loopback are not in each other's way.

    Whatever makes it another container gives it another port; the first one is where any other cloudflared is asked.
    """
    if ON_HOST not in host.waivers or host.edge is None:
        return f"127.0.0.1:{METRICS_PORT}"
    made_from = [version, host.edge.connector, connector(host, version="", file="", metrics="")]
    return f"127.0.0.1:{METRICS_PORT + 1 + zlib.crc32(json.dumps(made_from).encode()) % PORTS}"


def token_file(version: str) -> str:
    """Where on the host the token of a tunnel is: one folder a version, never written again."""
    return f"{HOME}/secrets/{version}/{TUNNEL_TOKEN}"


def exporter(host: HostSpec, name: str, said: Exporter) -> Words:
    """An exporter: published on the loopback, on the network that leads nowhere."""
    return {
        **_walled(host, name, user=EXPORTER_USER, more={}),
        "networks_advanced": [{"name": FRONT}],
        "ports": [{"internal": said.listens, "external": said.port, "ip": "127.0.0.1"}],
        "command": list(said.command),
        **({"gpus": "all"} if said.gpu else {}),
    }


def _walled(host: HostSpec, part: str, *, user: str, more: Words) -> Words:
    """The walls of the engine, around what is not ours."""
    return {
        "user": user,
        "read_only": True,
        "capabilities": {"drops": ["ALL"]},
        "security_opts": ["no-new-privileges"],
        "memory": MIB,
        "restart": "unless-stopped",
        "log_driver": "json-file",
        "log_opts": {"max-size": "10m", "max-file": "3"},
        "labels": [*_labels(host, part), *({"label": name, "value": value} for name, value in more.items())],
    }


def _labels(host: HostSpec, part: str) -> list[Words]:
    """Not the labels of the service: what carries those is the agent's to remove."""
    return [{"label": "ocrfleet.edge", "value": host.name}, {"label": "ocrfleet.part", "value": part}]
