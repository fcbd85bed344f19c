"""A Docker engine in this process. It understands exactly what the agent says; anything else fails the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from ocrfleet.agent.world import Done
from tests.unit.agent.boxes import Complaint
from tests.unit.agent.containers import Containers

AWAY = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
CADDY = ["/usr/local/bin/caddy", "reload", "--adapter=caddyfile"]


@dataclass
class Dockerd(Containers):
    """The engine: its containers, images, networks and clients."""

    security: list[str] = field(default_factory=lambda: ["name=seccomp,profile=builtin"])
    version: str = "28.2.2"
    clients: dict[str, str] = field(default_factory=lambda: {"docker": "28.2.2 buildx"})
    away: bool = False
    absent: bool = False
    mute: bool = False  # every client is killed before it says anything
    nameless: dict[str, str] = field(default_factory=dict)  # images without a name, and what their label says
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of an image that no other one shares

    def answer(self, argv: list[str], now: float) -> Done:
        """Run one command of the client."""
        known: dict[tuple[str, ...], Callable[[list[str], float], str]] = {
            ("container", "inspect"): self._inspect,
            ("create",): self._create,
            ("start",): self._start,
            ("unpause",): self._unpause,
            ("stop",): self._stop,
            ("rm", "--force"): self._rm,
            ("logs",): self._logs,
            ("exec",): self._exec,
            ("images", "--no-trunc"): self._images,
            ("tag",): self._tag,
            ("image", "inspect"): self._image,
            ("image", "rm", "--force"): self._image_rm,
            ("network", "inspect"): self._network,
            ("network", "create"): self._network_create,
            ("network", "connect"): self._network_connect,
            ("network", "rm"): self._network_rm,
            ("ps", "--no-trunc"): self._ps,
            ("run", "--rm"): self._run,
            ("system", "df", "--verbose"): self._df,
            ("info",): self._info,
        }
        words, work = next((words, work) for words, work in known.items() if tuple(argv[1 : len(words) + 1]) == words)
        if self.absent:
            return Done(127, "", "docker: not found")
        if self.away or self.mute:
            return Done(1, "", "" if self.mute else AWAY)
        try:
            return Done(0, work(argv[len(words) + 1 :], now), "")
        except Complaint as complaint:
            out, _, err = str(complaint).rpartition("|")
            return Done(1, out, err)

    def _exec(self, words: list[str], _: float) -> str:
        box, config = self._box(words[0]), words[3].removeprefix("--config=/etc/caddy/")
        assert [*words[1:3], *words[4:]] == CADDY
        box.config = self._parsed((self.proxy / config).read_text())
        return ""

    def _images(self, _: list[str], __: float) -> str:
        nameless = "".join(f"<none>:<none> {image}\n" for image in self.nameless)
        return "".join(f"{ref} {image}\n" for ref, image in self.images.items()) + nameless

    def _tag(self, words: list[str], _: float) -> str:
        before = self.images.get(words[1])
        self.images[words[1]] = words[0]
        self.nameless.pop(words[0], None)
        if before is not None and before not in self.images.values():
            self.nameless[before] = ""
        return ""

    def _image(self, words: list[str], _: float) -> str:
        if "Config" in words[0]:
            return "".join(f"{image} {json.dumps(self._config(image))}\n" for image in words[1:])
        there, is_size = {*self.images.values(), *self.nameless}, words[0] == "--format={{.Size}}"
        found = "".join(f"{self.sizes.get(one, 0) if is_size else one}\n" for one in words[1:] if one in there)
        if missing := [one for one in words[1:] if one not in there]:
            raise Complaint(f"{found}|" + "\n".join(f"Error: No such image: {one}" for one in missing))
        return found

    def _config(self, image: str) -> dict[str, Any]:
        was = self.nameless.get(image)
        return {"Labels": {"ocrfleet.reference": was} if was else None}

    def _image_rm(self, words: list[str], _: float) -> str:
        if any(box.image == words[0] for box in self.boxes.values()):
            raise Complaint(f"conflict: unable to delete {words[0]} - image is being used by a container")
        self.images = {ref: image for ref, image in self.images.items() if image != words[0]}
        self.nameless.pop(words[0], None)
        return ""

    def _network(self, words: list[str], _: float) -> str:
        found = "".join(f"{name} {self.networks[name]}\n" for name in words[1:] if name in self.networks)
        if missing := [name for name in words[1:] if name not in self.networks]:
            raise Complaint(f"{found}|" + "\n".join(f"Error: No such network: {name}" for name in missing))
        return found

    def _network_create(self, words: list[str], _: float) -> str:
        subnet = next(word.removeprefix("--subnet=") for word in words if word.startswith("--subnet="))
        self.networks[words[-1]] = subnet
        return "id\n"

    def _network_connect(self, words: list[str], _: float) -> str:
        address, network, name = words[0].removeprefix("--ip="), words[1], words[2]
        assert ip_address(address) in ip_network(self.networks[network])
        self._box(name).networks[network] = address
        return ""

    def _network_rm(self, words: list[str], _: float) -> str:
        if any(words[0] in box.networks for box in self.boxes.values() if box.running):
            raise Complaint(f"error while removing network: network {words[0]} has active endpoints")
        del self.networks[words[0]]
        return words[0]

    def _run(self, words: list[str], _: float) -> str:
        assert words[-3:] == ["validate", "--config=/etc/caddy/Caddyfile", "--adapter=caddyfile"]
        mount = next(word for word in words if word.startswith("--mount=")).split(",")
        source = Path(mount[1].removeprefix("source="))
        if not source.exists():
            raise Complaint(f'invalid mount config for type "bind": bind source path does not exist: {source}')
        self._parsed(source.read_text())
        return ""

    def _parsed(self, config: str) -> str:
        if "BROKEN" in config:
            raise Complaint("Error: adapting config using caddyfile: unrecognized directive: BROKEN")
        return config

    def _df(self, words: list[str], _: float) -> str:
        assert words == ["--format={{json .Images}}"]
        images = {image: self.sizes.get(image, 0) for image in self.images.values()}
        return json.dumps([{"ID": image, "UniqueSize": f"{size / 10**9:.4g}GB"} for image, size in images.items()])

    def _info(self, words: list[str], __: float) -> str:
        assert words == ["--format={{json .}}"]
        told = {"SecurityOptions": self.security, "DockerRootDir": "/var/lib/docker", "ServerVersion": self.version}
        return json.dumps(told)
