"""Finds a Docker client that can build with secrets and cache mounts."""

from __future__ import annotations

from dataclasses import dataclass

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.world import World

# Debian and Ubuntu put theirs here; another client may come first on PATH.
CLIENTS = ("docker", "/usr/bin/docker")
LAST_WITH_BUILDKIT_INSIDE = 22


@dataclass(frozen=True)
class Builder:
    """How to start a build."""

    words: tuple[str, ...]
    env: dict[str, str]


def find_builder(world: World) -> Builder:
    """Return buildx where it is installed, else a client old enough to build without it, else refuse."""
    for client in CLIENTS:
        if world.run([client, "buildx", "version"], check=False, seconds=20).code == 0:
            return Builder((client, "buildx", "build", "--load"), {})
    for client in CLIENTS:
        version = world.run([client, "version", "--format={{.Client.Version}}"], check=False, seconds=20).out.strip()
        major = version.partition(".")[0]
        if major.isdigit() and int(major) <= LAST_WITH_BUILDKIT_INSIDE:
            return Builder((client, "build"), {"DOCKER_BUILDKIT": "1"})
    raise Refused(
        "Docker on this host cannot build images: the buildx plugin is missing",
        fix="install the package docker-buildx-plugin (or docker-buildx) on the host, then run this again",
    )
