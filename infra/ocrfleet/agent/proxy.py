"""The proxy in front of the engine: the one container that listens on the host.

Caddy reads the engine's address from a file at every attempt, so a switch is one rename and nothing is reloaded.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from ocrfleet.agent.docker import Container, Docker
from ocrfleet.agent.errors import CommandFailed, GateFailed
from ocrfleet.agent.home import Home, read_bytes
from ocrfleet.agent.keys import Keys
from ocrfleet.agent.names import ENGINES, shape
from ocrfleet.agent.networks import proxy_address
from ocrfleet.agent.words import fill
from ocrfleet.agent.world import World

HOLD = "127.0.0.1"
LABEL = "ocrfleet.config"
ANSWER_SECONDS, GLANCE_SECONDS, LAST_LINES, OK = 15.0, 2.0, 5, 200
CADDY = ["/usr/local/bin/caddy"]
CONFIG = ["--config=/etc/caddy/Caddyfile", "--adapter=caddyfile"]


class Proxy:
    """The proxy of one host."""

    def __init__(self, world: World, home: Home, docker: Docker) -> None:
        self._world, self._home, self._docker = world, home, docker
        self.keys = Keys(world, home)

    @staticmethod
    def name(host: str) -> str:
        """The container's name."""
        return f"ocrfleet-{host}-proxy"

    def upstream(self) -> str | None:
        """The address requests go to now; HOLD means they wait."""
        found = read_bytes(self._home.proxy / "upstream")
        return None if found is None else found.decode()

    def point(self, address: str) -> None:
        """Send every request from now on to this address."""
        if self.upstream() != address:
            self._world.save(self._home.proxy / "upstream", address.encode(), 0o644)

    def hold(self) -> None:
        """Let new requests wait until the next `point`, up to the proxy's limit."""
        self.point(HOLD)

    def apply(self, wanted: dict[str, Any]) -> float:
        """Make the proxy what a release wants: keys, configuration, container; do nothing where it is already so.

        Return for how many seconds nobody answered: a container that must be made anew is stopped first.
        """
        began: float | None = None
        self.keys.apply(wanted)
        if self.upstream() is None:
            self.hold()
        container = self._docker.container(self.name(wanted["service"]["host"]))
        if container is None or _misshapen(wanted, container):
            self._apply_config(wanted, None)
            began = self._world.clock() if container is not None and container.is_up else None
            self._replace(wanted, container)
        else:
            self._apply_config(wanted, container)
            if not container.running:
                self._docker.start(container.id, paused=container.paused)
        self._wait(wanted)
        return 0.0 if began is None else round(self._world.clock() - began, 2)

    def differences(self, wanted: dict[str, Any], container: Container | None) -> list[str]:
        """Say in what the proxy on the host is not what a release wants."""
        found = ["the proxy's container was removed"] if container is None else _misshapen(wanted, container)
        if container is not None and not container.running:
            found.append("the proxy is not running")
        if not self._has_config(wanted):
            found.append("the proxy's Caddyfile was edited")
        elif container is not None and container.running and self._lets_in(wanted):
            found.append("the proxy lets requests in that show no key")
        if not self.keys.are_applied(wanted):
            found.append("the proxy's API keys were edited")
        return found

    def _apply_config(self, wanted: dict[str, Any], stays: Container | None) -> None:
        """Replace the Caddyfile if it differs; a container that stays and runs is told to read it again."""
        is_open = stays is not None and stays.running and self._lets_in(wanted)
        if self._has_config(wanted) and not is_open:
            return
        self._world.save(self._trial, _caddyfile(wanted), 0o644)
        self._validate(wanted)
        self._world.save(self._home.proxy / "Caddyfile", _caddyfile(wanted), 0o644)
        if stays is not None and stays.running:
            self._world.run(["docker", "exec", stays.id, *CADDY, "reload", *CONFIG])
        self._world.disk.remove(self._trial)

    @property
    def _trial(self) -> Path:
        """The configuration on its way. While this file is there, nobody knows which one the proxy runs."""
        return self._home.proxy / "Caddyfile.next"

    def _has_config(self, wanted: dict[str, Any]) -> bool:
        return read_bytes(self._home.proxy / "Caddyfile") == _caddyfile(wanted) and not self._trial.exists()

    def _lets_in(self, wanted: dict[str, Any]) -> bool:
        """Whether a request without a key is answered although there are keys: what Caddy runs is not what it read."""
        proxy = wanted["service"]["proxy"]
        if not proxy["api_keys"]:
            return False
        url = f"http://127.0.0.1:{proxy['port']}/v1/models"
        return self._world.status(url, seconds=GLANCE_SECONDS) == OK

    def _validate(self, wanted: dict[str, Any]) -> None:
        """Let Caddy itself parse a configuration before it replaces one that works."""
        mount = f"--mount=type=bind,source={self._trial},target=/etc/caddy/Caddyfile,readonly"
        box = ["docker", "run", "--rm", "--network=none", "--read-only", "--tmpfs=/run/caddy:mode=1777", mount]
        try:
            self._world.run([*box, "--env=HOME=/run/caddy", wanted["proxy_image"], "validate", *CONFIG])
        except CommandFailed:
            self._world.disk.remove(self._trial)
            raise

    def _replace(self, wanted: dict[str, Any], old: Container | None) -> None:
        service = wanted["service"]
        if old is not None:
            old.must_belong_to(service["host"])
            # It answers what it was asked before it ends; one that does not end is removed by force.
            with suppress(CommandFailed):
                self._docker.stop(old.id, service["cutover"]["drain_seconds"])
        name = self.name(service["host"])
        placement = [f"--name={name}", f"--label={LABEL}={shape(wanted)}"]
        self._docker.remove(name, host=service["host"])
        self._docker.create(fill(service["proxy"]["run"], placement=placement, image=wanted["proxy_image"]))
        self._world.run(["docker", "network", "connect", f"--ip={proxy_address(service['subnet'])}", ENGINES, name])
        self._docker.start(name)

    def _wait(self, wanted: dict[str, Any]) -> None:
        """Wait until the proxy answers at all; it says 404 to everything that is not the API."""
        url = f"http://127.0.0.1:{wanted['service']['proxy']['port']}/"
        deadline = self._world.clock() + ANSWER_SECONDS
        while True:
            reply = self._world.ask("GET", url, body=None, headers={}, seconds=GLANCE_SECONDS)
            if reply.status:
                return
            if self._world.clock() >= deadline:
                said = self._docker.logs(self.name(wanted["service"]["host"]), LAST_LINES).strip()
                raise GateFailed(f"the proxy does not answer: {reply.body.decode(errors='replace')}\n{said}".strip())
            self._world.sleep(0.1)


def _misshapen(wanted: dict[str, Any], container: Container) -> list[str]:
    """Say why a container must be made anew."""
    found = []
    if container.labels.get(LABEL) != shape(wanted):
        found.append("the proxy's container is not the one of this release")
    if ENGINES not in container.networks:
        found.append("the proxy's container is not on the engines' network")
    return found


def _caddyfile(wanted: dict[str, Any]) -> bytes:
    text: str = wanted["service"]["proxy"]["caddyfile"]
    return text.encode()
