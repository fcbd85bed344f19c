"""Docker as the agent sees it: the command-line client, argument lists, and answers as values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ocrfleet.agent.daemon import ASK, Daemon
from ocrfleet.agent.errors import CommandFailed, Refused
from ocrfleet.agent.listing import FORMAT, Listed
from ocrfleet.agent.objects import object_of
from ocrfleet.agent.world import Done, World

OURS = "ocrfleet.host"
# An image of ours knows its name, so that it is found again when somebody takes the name away.
REFERENCE = "ocrfleet.reference"
# How Docker says that something is not there. Everything else it says means: not known.
ABSENT = re.compile(r"no such (container|image|network)|network \S+ not found", re.IGNORECASE)


@dataclass(frozen=True)
class Container:
    """One container, as `docker inspect` shows it."""

    id: str
    name: str
    image: str
    running: bool
    paused: bool
    exit_code: int
    started_at: str
    labels: dict[str, str]
    networks: dict[str, str]
    ports: frozenset[int]

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Container:
        state, paused = raw["State"], bool(raw["State"].get("Paused"))
        return cls(
            id=raw["Id"],
            name=raw["Name"].removeprefix("/"),
            image=raw["Image"],
            running=bool(state["Running"]) and not paused,
            paused=paused,
            exit_code=state["ExitCode"],
            started_at=state["StartedAt"],
            labels=raw["Config"].get("Labels") or {},
            networks={name: net.get("IPAddress", "") for name, net in raw["NetworkSettings"]["Networks"].items()},
            ports=_published(raw["HostConfig"].get("PortBindings") or {}),
        )

    @property
    def is_up(self) -> bool:
        """Whether it has its memory, its address and its ports: a paused one has, though it answers nobody."""
        return self.running or self.paused

    def must_belong_to(self, host: str) -> None:
        """Refuse to touch what is somebody else's, whatever its name."""
        if self.labels.get(OURS) != host:
            raise Refused(
                f"a container named {self.name} exists and is not ours",
                fix=f"rename or remove {self.name} on the host",
            )


class Docker:
    """The containers, images and networks of this host."""

    def __init__(self, world: World) -> None:
        self._world = world

    def containers(self, *names: str) -> dict[str, Container]:
        """Look containers up by name or id, in one command; those that do not exist are left out."""
        names = tuple(filter(None, names))
        if not names:
            return {}
        done = self._unless_absent(["docker", "container", "inspect", *names])
        found = [Container.parse(raw) for raw in json.loads(done.out or "[]")]
        return {name: one for name in names for one in found if name in (one.name, one.id)}

    def container(self, name: str | None) -> Container | None:
        """Look one container up by name or full id."""
        return self.containers(name).get(name) if name else None

    def create(self, argv: list[str]) -> str:
        """Create a container from a full argument list; return its id."""
        return self._world.run(argv).out.strip().splitlines()[-1]

    def start(self, name: str, *, paused: bool = False) -> None:
        """Make a container run that was stopped, or paused."""
        self._world.run(["docker", "unpause" if paused else "start", name])

    def stop(self, name: str, seconds: float) -> None:
        """Ask a container to end, and end it after `seconds`."""
        self._world.run(["docker", "stop", f"--time={round(seconds)}", name], seconds=seconds + 60)

    def remove(self, name: str | None, *, host: str) -> None:
        """Remove a container of ours; one that is gone already is fine, a stranger's is never touched."""
        found = self.container(name)
        if found is None:
            return
        found.must_belong_to(host)
        self._unless_absent(["docker", "rm", "--force", found.id])

    def logs(self, name: str, tail: int) -> str:
        """The last lines a container wrote, standard output and error together as Docker keeps them."""
        done = self._world.run(["docker", "logs", f"--tail={tail}", name], check=False, seconds=20)
        return "" if done.code else done.out + done.err

    def images(self) -> dict[str, str]:
        """Every image on the host that has a name or had one from us: reference to id."""
        named, lost = self.named_and_lost()
        return {**lost, **named}

    def named_and_lost(self) -> tuple[dict[str, str], dict[str, str]]:
        """The images by their references, and those of ours whose reference somebody took away."""
        listed = self._world.run(["docker", "images", "--no-trunc", "--format={{.Repository}}:{{.Tag}} {{.ID}}"]).out
        rows = [row.split() for row in listed.splitlines()]
        named = {reference: image for reference, image in rows if "<none>" not in reference}
        nameless = sorted({image for reference, image in rows if image not in named.values()})
        lost = self._references(nameless) if nameless else {}
        return named, {reference: image for reference, image in lost.items() if reference not in named}

    def _references(self, images: list[str]) -> dict[str, str]:
        """What images were called when we built them."""
        # A template that looks into the labels fails for every image, where one has none.
        done = self._unless_absent(["docker", "image", "inspect", "--format={{.Id}} {{json .Config}}", *images])
        rows = [row.split(maxsplit=1) for row in done.out.splitlines()]
        called = {image: (object_of(config) or {}).get("Labels") or {} for image, config in rows}
        return {labels[REFERENCE]: image for image, labels in called.items() if REFERENCE in labels}

    def tag(self, image: str, reference: str) -> None:
        """Give an image a name."""
        self._world.run(["docker", "tag", image, reference])

    def image_sizes(self) -> dict[str, int]:
        """The bytes of every image that no other image has a part in, by its id."""
        done = self._world.run(["docker", "system", "df", "--verbose", "--format={{json .Images}}"])
        return {one["ID"]: _bytes(one["UniqueSize"]) for one in json.loads(done.out or "[]")}

    def has_image(self, image: str) -> bool:
        return not self.lacking(image)

    def lacking(self, *images: str) -> list[str]:
        """Which of these images, by id, are not there."""
        found = self._unless_absent(["docker", "image", "inspect", "--format={{.Id}}", *images]).out.split()
        return [image for image in images if image not in found]

    def image_size(self, image: str) -> int | None:
        """The bytes of an image with all its layers; None where it is not there."""
        done = self._unless_absent(["docker", "image", "inspect", "--format={{.Size}}", image])
        return int(done.out) if done.code == 0 else None

    def remove_image(self, image: str) -> bool:
        """Remove an image by id with its tags; False when something still uses it."""
        done = self._world.run(["docker", "image", "rm", "--force", image], check=False)
        return done.code == 0 or _is_absence(done)

    def subnets(self, *networks: str) -> dict[str, str]:
        """The subnets of those networks that are there."""
        form = "--format={{.Name}} {{range .IPAM.Config}}{{.Subnet}}{{end}}"
        done = self._unless_absent(["docker", "network", "inspect", form, *networks])
        rows = [row.partition(" ") for row in done.out.splitlines()]
        return {name: subnet for name, _, subnet in rows if name in networks}

    def ours(self, host: str | None, *words: str) -> list[Listed]:
        """The containers with the label of this host, or of any, that run or are paused; `words` change the search."""
        label = f"{OURS}={host}" if host else OURS
        rows = self._world.run(["docker", "ps", "--no-trunc", f"--filter=label={label}", FORMAT, *words]).out
        return [Listed.parse(row) for row in rows.splitlines()]

    def daemon(self) -> Daemon:
        """What the engine says of itself, also where none answers."""
        return Daemon.of(self._world.run(list(ASK), check=False, seconds=20))

    def _unless_absent(self, argv: list[str]) -> Done:
        """Run a command that may fail in one way only: what it names is not there."""
        done = self._world.run(argv, check=False)
        if done.code and not _is_absence(done):
            raise CommandFailed(argv, done.code, done.err)
        return done


def _is_absence(done: Done) -> bool:
    lines = done.err.strip().splitlines()
    return bool(lines) and all(ABSENT.search(line) for line in lines)


def _bytes(text: str) -> int:
    """A size as Docker writes it for people: `1.95GB`; what it does not know is nothing."""
    match = re.fullmatch(r"([\d.]+)([kMGT]?)B", text)
    return round(float(match[1]) * 1000 ** " kMGT".index(match[2] or " ")) if match else 0


def _published(bindings: dict[str, Any]) -> frozenset[int]:
    found = [one["HostPort"] for ports in bindings.values() for one in ports or []]
    return frozenset(int(port) for port in found if port.isdigit())
