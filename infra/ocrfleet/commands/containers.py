"""How the containers of a host are created: argument lists with the few words only the host knows left open.

The host's agent puts its own words for the elements that start with `@`: `@placement` becomes name, address and
release label; `@image` becomes the image's id.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from ocrfleet.agent.home import DEFAULT
from ocrfleet.agent.names import ENGINES
from ocrfleet.commands.serving import command, environment, gpu_words, model_words

if TYPE_CHECKING:
    # The provider process needs this module's names but never a host file, and pydantic would delay its start.
    from ocrfleet.spec import HostSpec

HOME, FRONT = str(DEFAULT), "ocrfleet-front"
PROXY_PORT = 8080
UNTRANSLATED = "--opt=com.docker.network.bridge.enable_ip_masquerade=false"

Argv = tuple[str, ...]

# The walls a host file may take down around its engine, each with its waiver; nobody may be root.
WAIVABLE = {
    "--read-only": "writable-root",
    "--cap-drop=ALL": "capabilities",
    "--security-opt=no-new-privileges": "new-privileges",
}


def create_engine(host: HostSpec) -> Argv:
    """Create an engine: not started, publishing nothing, on the network without a way out."""
    return (
        *_create(host, part="engine", network=ENGINES, waived=host.waivers),
        "--tmpfs=/tmp:size=1g,mode=1777",
        f"--pids-limit={host.engine.pids}",
        f"--stop-timeout={round(host.engine.stop_seconds)}",
        *gpu_words(host),
        *model_words(host),
        *(f"--env={name}={value}" for name, value in sorted(environment(host).items())),
        "@image",
        *command(host),
    )


def create_proxy(host: HostSpec) -> Argv:
    """Create the proxy: the only container that listens on the host, on 127.0.0.1."""
    return (
        *_create(host, part="proxy", network=FRONT, waived=()),
        "--tmpfs=/run/caddy:mode=1777",
        "--env=HOME=/run/caddy",
        "--pids-limit=512",
        f"--stop-timeout={round(host.cutover.drain_seconds)}",
        f"--mount=type=bind,source={HOME}/proxy,target=/etc/caddy,readonly",
        f"--publish=127.0.0.1:{host.proxy.port}:{PROXY_PORT}",
        "@image",
    )


def create_networks(host: HostSpec) -> dict[str, Argv]:
    """Create each network by its name: the engines' one has no route to anywhere but this host.

    The proxy's is no internal one, which could not be published on the loopback, but nobody answers what leaves it.
    """
    closed = () if "way-out" in host.waivers else ("--internal",)
    return {
        ENGINES: (*_network(host, bridge="ocrfleet-eng", subnet=host.network.engines), *closed, ENGINES),
        FRONT: (*_network(host, bridge="ocrfleet-front", subnet=host.network.front), UNTRANSLATED, FRONT),
    }


def _network(host: HostSpec, *, bridge: str, subnet: str) -> Argv:
    """Create a network whose bridge has a name, so that `bootstrap` can close it to the local network."""
    return (
        "docker",
        "network",
        "create",
        f"--label=ocrfleet.host={host.name}",
        f"--opt=com.docker.network.bridge.name={bridge}",
        f"--subnet={subnet}",
    )


def _create(host: HostSpec, *, part: str, network: str, waived: Container[str]) -> Argv:
    """Start every container from the same hardened words, less those that the host file waives for its engine."""
    user = f"--user={host.engine.uid}:{host.engine.uid}"
    walls = ("--read-only", user, "--cap-drop=ALL", "--security-opt=no-new-privileges")
    return (
        "docker",
        "create",
        "@placement",
        f"--label=ocrfleet.host={host.name}",
        f"--label=ocrfleet.part={part}",
        f"--network={network}",
        "--restart=no",
        "--init",
        *(word for word in walls if WAIVABLE.get(word, "") not in waived),
        "--log-driver=json-file",
        "--log-opt=max-size=10m",
        "--log-opt=max-file=3",
    )
