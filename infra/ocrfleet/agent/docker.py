"""Docker as the agent sees it: the command-line client, argument lists, and answers as values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.machine import World

OURS = "ocrfleet.host"


@dataclass(frozen=True)
class Container:
    """One container, as `docker inspect` shows it."""

    id: str
    name: str
    image: str
    running: bool
    exit_code: int
    started_at: str
    labels: dict[str, str]
    networks: dict[str, str]

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Container:
        state = raw["State"]
        return cls(
            id=raw["Id"],
            name=raw["Name"].removeprefix("/"),
            image=raw["Image"],
            running=bool(state["Running"]) and not state.get("Paused", False),
            exit_code=state["ExitCode"],
            started_at=state["StartedAt"],
            labels=raw["Config"].get("Labels") or {},
            networks={name: net.get("IPAddress", "") for name, net in raw["NetworkSettings"]["Networks"].items()},
        )


class Docker:
    """The containers, images and networks of this host."""

    def __init__(self, world: World) -> None:
        self._world = world

    def containers(self, *names: str) -> dict[str, Container]:
        """Look containers up by name or id, in one command; those that do not exist are left out."""
        if not names:
            return {}
        done = self._world.run(["docker", "container", "inspect", *names], check=False)
        others = [line for line in done.err.lower().splitlines() if "no such container" not in line]
        if done.code and others:
            raise CommandFailed(["docker", "container", "inspect"], done.code, done.err)
        found = [Container.parse(raw) for raw in json.loads(done.out or "[]")]
        return {name: one for name in names for one in found if name in (one.name, one.id)}

    def container(self, name: str) -> Container | None:
        """Look one container up by name or full id."""
        return self.containers(name).get(name)

    def create(self, argv: list[str]) -> str:
        """Create a container from a full argument list; return its id."""
        return self._world.run(argv).out.strip().splitlines()[-1]

    def start(self, name: str) -> None:
        self._world.run(["docker", "start", name])

    def stop(self, name: str, seconds: float) -> None:
        """Ask a container to end, and end it after `seconds`."""
        self._world.run(["docker", "stop", f"--time={round(seconds)}", name], seconds=seconds + 60)

    def remove(self, name: str) -> None:
        """Remove a container; one that is gone already is fine."""
        done = self._world.run(["docker", "rm", "--force", name], check=False)
        if done.code and "no such container" not in done.err.lower():
            raise CommandFailed(["docker", "rm", name], done.code, done.err)

    def logs(self, name: str, tail: int) -> str:
        """The last lines a container wrote, standard output and error together as Docker keeps them."""
        done = self._world.run(["docker", "logs", f"--tail={tail}", name], check=False)
        return done.out + done.err

    def images(self) -> dict[str, str]:
        """Every tagged image on the host: reference to id."""
        rows = self._world.run(["docker", "images", "--no-trunc", "--format={{.Repository}}:{{.Tag}} {{.ID}}"]).out
        return dict(row.split() for row in rows.splitlines() if "<none>" not in row)

    def has_image(self, image: str) -> bool:
        return self._world.run(["docker", "image", "inspect", "--format={{.Id}}", image], check=False).code == 0

    def remove_image(self, image: str) -> bool:
        """Remove an image by id with its tags; False when something still uses it."""
        return self._world.run(["docker", "image", "rm", "--force", image], check=False).code == 0

    def network_subnet(self, name: str) -> str | None:
        """The subnet of a network, or None when there is no such network."""
        form = "--format={{range .IPAM.Config}}{{.Subnet}}{{end}}"
        done = self._world.run(["docker", "network", "inspect", form, name], check=False)
        return done.out.strip() if done.code == 0 else None

    def names_of_ours(self, host: str) -> list[str]:
        """Name every container that carries the label of this host."""
        form = ["docker", "ps", "--all", f"--filter=label={OURS}={host}", "--format={{.Names}}"]
        return self._world.run(form).out.split()

    def problem(self) -> str | None:
        """Why this Docker cannot be used, in one sentence, or None."""
        done = self._world.run(["docker", "info", "--format={{json .SecurityOptions}}"], check=False, seconds=20)
        if done.code == 127:  # noqa: PLR2004  the shell's code for: no such command
            return "there is no docker command on the host"
        if done.code:
            return (
                f"the Docker engine does not answer: {done.err.strip().splitlines()[-1] if done.err else 'no reason'}"
            )
        if "name=rootless" in done.out:
            return "Docker runs rootless there, which cannot give containers static addresses and GPUs as we need"
        return None
