"""The builder is chosen by what the host's Docker clients can do."""

from __future__ import annotations

import pytest

from ocrfleet.agent.builder import find_builder
from ocrfleet.agent.errors import Refused
from tests.unit.agent.builds import run
from tests.unit.agent.host import Host

BUILDERS: dict[str, tuple[dict[str, str], tuple[str, ...] | None]] = {
    "buildx": ({"docker": "28.2.2 buildx"}, ("docker", "buildx", "build", "--load")),
    "buildx and an old client": ({"docker": "20.10.24 buildx"}, ("docker", "buildx", "build", "--load")),
    "buildx in the other client": (
        {"docker": "28.2.2", "/usr/bin/docker": "26.1.5 buildx"},
        ("/usr/bin/docker", "buildx", "build", "--load"),
    ),
    "an old client": ({"docker": "20.10.24"}, ("docker", "build")),
    "the last old client": ({"docker": "22.06.0"}, ("docker", "build")),
    "an old client second": ({"docker": "28.2.2", "/usr/bin/docker": "20.10.24"}, ("/usr/bin/docker", "build")),
    "a new client without buildx": ({"docker": "23.0.0"}, None),
    "no client": ({}, None),
}


def test_an_old_client_builds_with_buildkit_switched_on(ready: Host) -> None:
    ready.docker.clients = {"docker": "20.10.24"}
    run(ready)
    assert ready.world.streamed[0][2] == {"DOCKER_BUILDKIT": "1"}


@pytest.mark.parametrize("name", BUILDERS)
def test_the_builder_is_chosen_by_what_is_there(host: Host, name: str) -> None:
    clients, words = BUILDERS[name]
    host.docker.clients = clients
    if words is not None:
        assert find_builder(host.world).words == words
    else:
        with pytest.raises(Refused, match="cannot build images") as refused:
            find_builder(host.world)
        assert "docker-buildx-plugin" in refused.value.fix
