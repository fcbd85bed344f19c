"""The containers of the Docker engine in this process, and what its commands do to them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocrfleet.agent.listing import FORMAT, RELEASE
from tests.unit.agent.boxes import Box, Complaint


@dataclass
class Containers:
    """Containers, and the images and networks they are made of; `proxy` is the folder mounted into the proxy."""

    proxy: Path
    boxes: dict[str, Box] = field(default_factory=dict)
    removed: list[Box] = field(default_factory=list)  # their memory may come back later
    images: dict[str, str] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    taken_ports: set[int] = field(default_factory=set)
    stubborn: set[str] = field(default_factory=set)  # images whose containers do not let themselves be stopped
    unstartable: set[str] = field(default_factory=set)  # images whose containers Docker cannot start
    made: int = 0
    room: int | None = None  # how many more containers the disk has room for; None: enough

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
        self._needs_room("overlay2/link")
        labels = dict(pair[1].split("=", 1) for pair in options if pair[0] == "label")
        self.room = self.room and self.room - 1
        box = self.add(one["name"], words[end], labels=labels, networks={one["network"]: one.get("ip", "")})
        box.ports = [int(one["publish"].split(":")[1])] if "publish" in one else []
        return f"{box.id}\n"

    def _start(self, names: list[str], now: float) -> str:
        if self.named(*names) is None:
            raise Complaint(f"Error response from daemon: No such container: {names[0]}\nError: failed to start")
        box = self._box(*names)
        if box.running and not box.paused:
            return box.name
        if complaint := self._hindrance(box):
            raise Complaint(complaint)
        self._needs_room(f"containers/{box.id}/hosts")
        box.running, box.started_at, box.exit_code = True, now, 0
        box.starts += 1
        if box.ports:
            box.config = (self.proxy / "Caddyfile").read_text()
        return box.name

    def _needs_room(self, file: str) -> None:
        """A start takes as much room as a container, for as long as it lasts."""
        if self.room == 0:
            raise Complaint(f"Error response from daemon: write /var/lib/docker/{file}: no space left on device")

    def _hindrance(self, box: Box) -> str | None:
        """Why a container cannot start."""
        missing = sorted(box.networks.keys() - self.networks.keys())
        hindrances = {
            f"network {', '.join(missing)} not found": missing,
            "cannot start a paused container, try unpause instead": box.paused,
            "could not select device driver with capabilities: [[gpu]]": box.image in self.unstartable,
            "failed to set up container networking: Address already in use": any(map(self.at, box.networks.values())),
            "driver failed programming external connectivity: port is taken": self.taken_ports & set(box.ports),
        }
        return next((complaint for complaint, is_so in hindrances.items() if is_so), None)

    def _unpause(self, names: list[str], _: float) -> str:
        box = self._box(*names)
        if not box.paused:
            raise Complaint(f"Container {box.name} is not paused")
        box.paused = False
        return box.name

    def _stop(self, words: list[str], now: float) -> str:
        assert words[0].startswith("--time=")
        box = self._box(words[1])
        if box.image in self.stubborn:
            raise Complaint("cannot stop container: tried to kill container, but did not receive an exit event")
        if box.running:
            box.running, box.paused, box.exit_code, box.ended_at = False, False, 143, now
        return box.name

    def _rm(self, names: list[str], now: float) -> str:
        box = self.boxes.pop(self._box(*names).id)
        if box.running:
            box.running, box.ended_at = False, now
        self.removed.append(box)
        self.room = None if self.room is None else self.room + 1
        return names[0]

    def _logs(self, words: list[str], _: float) -> str:
        lines = self.logs.get(self._box(words[1]).image, "").splitlines(keepends=True)
        return "".join(lines[-int(words[0].removeprefix("--tail=")) :])

    def _ps(self, words: list[str], _: float) -> str:
        labels = [word.removeprefix("--filter=label=") for word in words if word.startswith("--filter=label=")]
        assert len(labels) + words.count("--all") + words.count(FORMAT) == len(words)
        boxes = [box for box in self.boxes.values() if box.running or "--all" in words]
        held = {box.id: {*box.labels, *(f"{name}={value}" for name, value in box.labels.items())} for box in boxes}
        return "".join(f"{_listed(box)}\n" for box in boxes if held[box.id].issuperset(labels))


def _listed(box: Box) -> str:
    """A row of `docker ps` in the agent's form."""
    state = "paused" if box.paused else "running" if box.running else "exited"
    return f"{box.id} {box.labels.get(RELEASE, '')} {box.name} {state}"
