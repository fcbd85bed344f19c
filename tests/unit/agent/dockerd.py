"""A Docker engine in this process. It understands exactly what the agent says; anything else fails the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from ocrfleet.agent.world import Done
from tests.unit.agent.boxes import Box, Complaint

AWAY = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
CADDY = ["/usr/local/bin/caddy", "reload", "--adapter=caddyfile"]


@dataclass
class Dockerd:
    """The engine's containers, images and networks; `proxy` is the folder mounted into the proxy."""

    proxy: Path
    boxes: dict[str, Box] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    security: list[str] = field(default_factory=lambda: ["name=seccomp,profile=builtin"])
    version: str = "28.2.2"
    clients: dict[str, str] = field(default_factory=lambda: {"docker": "28.2.2 buildx"})
    taken_ports: set[int] = field(default_factory=set)
    away: bool = False
    absent: bool = False
    mute: bool = False  # every client is killed before it says anything
    stubborn: set[str] = field(default_factory=set)  # images whose containers do not let themselves be stopped
    unstartable: set[str] = field(default_factory=set)  # images whose containers Docker cannot start
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of an image that no other one shares
    made: int = 0

    def named(self, name: str) -> Box | None:
        """A container by name or id."""
        return next((box for box in self.boxes.values() if name in {box.id, box.name}), None)

    def at(self, address: str) -> Box | None:
        """The running container that has an address."""
        return next((box for box in self.boxes.values() if box.running and address in box.networks.values()), None)

    def add(self, name: str, image: str, **rest: Any) -> Box:
        """Make a container by hand."""
        self.made += 1
        known = {"labels": {}, "networks": {}, "ports": [], **rest}
        box = Box(f"{self.made:064x}", name, image, **known)
        self.boxes[box.id] = box
        return box

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
            ("image", "inspect"): self._image,
            ("image", "rm", "--force"): self._image_rm,
            ("network", "inspect"): self._network,
            ("network", "create"): self._network_create,
            ("network", "connect"): self._network_connect,
            ("network", "rm"): self._network_rm,
            ("ps", "--quiet", "--no-trunc"): self._ps,
            ("run", "--rm"): self._run,
            ("system", "df", "--verbose"): self._df,
            ("info",): self._info,
            ("version", "--format={{.Server.Version}}"): self._version,
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

    def _box(self, name: str) -> Box:
        box = self.named(name)
        if box is None:
            raise Complaint(f"Error response from daemon: No such container: {name}")
        return box

    def _inspect(self, names: list[str], _: float) -> str:
        found = json.dumps([box.inspect() for name in names if (box := self.named(name))])
        missing = [f"Error response from daemon: No such container: {name}" for name in names if not self.named(name)]
        if missing:
            raise Complaint(f"{found}|" + "\n".join(missing))
        return found

    def _create(self, words: list[str], _: float) -> str:
        end = next(index for index, word in enumerate(words) if not word.startswith("--"))
        options = [word.removeprefix("--").partition("=")[::2] for word in words[:end]]
        one = dict(options)  # of several labels the last; all of them are below
        if words[end] not in self.images.values():
            raise Complaint(f"Error response from daemon: No such image: {words[end]}")
        if self.named(one["name"]):
            raise Complaint(f'Conflict. The container name "/{one["name"]}" is already in use')
        if one["network"] not in self.networks:
            raise Complaint(f"network {one['network']} not found")
        labels = dict(pair[1].split("=", 1) for pair in options if pair[0] == "label")
        box = self.add(one["name"], words[end], labels=labels, networks={one["network"]: one.get("ip", "")})
        box.ports = [int(one["publish"].split(":")[1])] if "publish" in one else []
        return f"{box.id}\n"

    def _start(self, names: list[str], now: float) -> str:
        box = self._box(*names)
        if box.running and not box.paused:
            return box.name
        if complaint := self._hindrance(box):
            raise Complaint(complaint)
        box.running, box.started_at, box.exit_code = True, now, 0
        box.starts += 1
        if box.ports:
            box.config = (self.proxy / "Caddyfile").read_text()
        return box.name

    def _hindrance(self, box: Box) -> str | None:
        """Why a container cannot start."""
        hindrances = {
            "cannot start a paused container, try unpause instead": box.paused,
            "could not select device driver with capabilities: [[gpu]]": box.image in self.unstartable,
            "failed to set up container networking: Address already in use": any(map(self.at, box.networks.values())),
            "driver failed programming external connectivity: port is taken": self.taken_ports & set(box.ports),
        }
        return next((complaint for complaint, is_so in hindrances.items() if is_so), None)

    def _unpause(self, names: list[str], _: float) -> str:
        box = self._box(*names)
        box.paused = False
        return box.name

    def _stop(self, words: list[str], _: float) -> str:
        assert words[0].startswith("--time=")
        box = self._box(words[1])
        if box.image in self.stubborn:
            raise Complaint("cannot stop container: tried to kill container, but did not receive an exit event")
        if box.running:
            box.running, box.paused, box.exit_code = False, False, 143
        return box.name

    def _rm(self, names: list[str], _: float) -> str:
        del self.boxes[self._box(*names).id]
        return names[0]

    def _logs(self, words: list[str], _: float) -> str:
        return self.logs.get(self._box(words[1]).image, "")

    def _exec(self, words: list[str], _: float) -> str:
        box, config = self._box(words[0]), words[3].removeprefix("--config=/etc/caddy/")
        assert [*words[1:3], *words[4:]] == CADDY
        box.config = self._parsed((self.proxy / config).read_text())
        return ""

    def _images(self, _: list[str], __: float) -> str:
        return "".join(f"{ref} {image}\n" for ref, image in self.images.items())

    def _image(self, words: list[str], _: float) -> str:
        if words[-1] not in self.images.values():
            raise Complaint(f"[]|Error response from daemon: No such image: {words[-1]}")
        return words[-1]

    def _image_rm(self, words: list[str], _: float) -> str:
        if any(box.image == words[0] for box in self.boxes.values()):
            raise Complaint(f"conflict: unable to delete {words[0]} - image is being used by a container")
        if words[0] not in self.images.values():
            raise Complaint(f"Error response from daemon: No such image: {words[0]}")
        self.images = {ref: image for ref, image in self.images.items() if image != words[0]}
        return ""

    def _network(self, words: list[str], _: float) -> str:
        if words[1] not in self.networks:
            raise Complaint(f"[]|Error response from daemon: network {words[1]} not found")
        return f"{self.networks[words[1]]}\n"

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
        if any(words[0] in box.networks for box in self.boxes.values()):
            raise Complaint(f"error while removing network: network {words[0]} has active endpoints")
        del self.networks[words[0]]
        return words[0]

    def _ps(self, words: list[str], _: float) -> str:
        labels = [word.removeprefix("--filter=label=") for word in words if word.startswith("--filter=label=")]
        assert len(labels) + words.count("--all") == len(words)
        boxes = [box for box in self.boxes.values() if box.running or "--all" in words]
        held = {box.id: {*box.labels, *(f"{name}={value}" for name, value in box.labels.items())} for box in boxes}
        return "".join(f"{box.id}\n" for box in boxes if held[box.id].issuperset(labels))

    def _run(self, words: list[str], _: float) -> str:
        assert words[-3:] == ["validate", "--config=/etc/caddy/Caddyfile", "--adapter=caddyfile"]
        mount = next(word for word in words if word.startswith("--mount=")).split(",")
        self._parsed(Path(mount[1].removeprefix("source=")).read_text())
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
        if words == ["--format={{.DockerRootDir}}"]:
            return "/var/lib/docker\n"
        return json.dumps(self.security)

    def _version(self, _: list[str], __: float) -> str:
        return self.version
