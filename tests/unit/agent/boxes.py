"""A container, as the engine in this process keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Complaint(Exception):
    """What the engine answers when it cannot do something; a client prints it and exits with 1."""


@dataclass
class Box:
    """A container."""

    id: str
    name: str
    image: str
    labels: dict[str, str]
    networks: dict[str, str]
    ports: list[int]
    running: bool = False
    paused: bool = False
    exit_code: int = 0
    started_at: float = 0.0
    ended_at: float | None = None
    starts: int = 0
    config: str = ""

    def inspect(self) -> dict[str, Any]:
        """The part of `docker container inspect` that the agent reads."""
        bindings = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)} for port in self.ports]}
        addresses = {name: {"IPAddress": ip if self.running else ""} for name, ip in self.networks.items()}
        state = {"Running": self.running, "Paused": self.paused, "ExitCode": self.exit_code, "StartedAt": ""}
        return {
            "Id": self.id,
            "Name": f"/{self.name}",
            "Image": self.image,
            "State": state,
            "Config": {"Labels": self.labels or None},
            "HostConfig": {"PortBindings": bindings},
            "NetworkSettings": {"Networks": addresses},
        }
