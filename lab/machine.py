"""The lab host: a container that is a machine, with its own SSH server and Docker engine. Restarting it is a reboot."""

from __future__ import annotations

import hashlib
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from lab import capabilities, debian
from lab.docker import Docker
from lab.keys import Keys
from lab.shell import LabError, output, run, succeeds
from lab.steps import Tell

IMAGE = "ocrfleet-lab/host"
BUILD = Path(__file__).with_name("host")
LABEL, OWNER = "ocrfleet-lab.config", "ocrfleet-lab.owner"
UP_SECONDS = 60.0


@dataclass(frozen=True)
class LabHost:
    """One lab host: its container's name, its SSH port on 127.0.0.1, and its keys."""

    name: str
    port: int
    keys: Keys

    def ensure(self, docker: Docker, tell: Tell) -> None:
        """Make sure the host runs, with the base image in its own engine."""
        self.keys.ensure(self.port)
        self._must_be_ours(docker)
        image = ensure_image(docker, tell)
        config = hashlib.sha256(repr((image, self.port, *self._flags())).encode()).hexdigest()[:16]
        if output(docker("inspect", f"--format={_label(LABEL)}", self.name)) != config:
            tell(f"creating the container {self.name}")
            self._create(docker, config, tell)
        self._give_keys(docker)
        run(docker("start", self.name), tell)
        self._wait(docker, tell)
        self.load(docker, debian.NAME, tell)

    def remove(self, docker: Docker, tell: Tell) -> None:
        """Remove the container and its disks."""
        if self.exists(docker):
            # Its init takes away what it made outside.
            run(docker("stop", "-t", "15", self.name), tell)
            run(docker("rm", "--force", "--volumes", self.name), tell)
        for volume in self._volumes():
            if succeeds(docker("volume", "inspect", volume)):
                run(docker("volume", "rm", volume), tell)

    def is_ours(self, docker: Docker) -> bool:
        """Whether this checkout made the container; one that is not there is nobody's."""
        owner = output(docker("inspect", f"--format={_label(OWNER)}", self.name))
        return not self.exists(docker) or owner == self.keys.name

    def exists(self, docker: Docker) -> bool:
        """Whether there is a container of this name."""
        return succeeds(docker("container", "inspect", self.name))

    def _must_be_ours(self, docker: Docker) -> None:
        """Refuse a host that another checkout made: it would show a key we do not know, with a service we do not."""
        if not self.is_ours(docker):
            raise LabError(
                f"the container {self.name} belongs to another checkout. `make lab-down` there removes it; where that"
                f" checkout is gone: docker rm --force {self.name}; docker volume rm {' '.join(self._volumes())}"
            )

    def _create(self, docker: Docker, config: str, tell: Tell) -> None:
        if self.exists(docker):
            run(docker("rm", "--force", self.name), tell)
        words = [
            "create",
            f"--name={self.name}",
            f"--hostname={self.name}",
            f"--label={LABEL}={config}",
            f"--label={OWNER}={self.keys.name}",
            *self._flags(),
        ]
        run(docker(*words, IMAGE), tell)

    def _give_keys(self, docker: Docker) -> None:
        """Put the keys in, also where an earlier run was stopped between the container and its keys."""
        done = subprocess.run(docker("cp", "-", f"{self.name}:/etc/ssh"), check=False, input=self.keys.archive())
        if done.returncode:
            raise LabError(f"the keys could not be copied into {self.name}")

    def _flags(self) -> list[str]:
        docker_disk, home_disk = self._volumes()
        return [
            *capabilities.flags(),
            "--security-opt=seccomp=unconfined",
            "--security-opt=apparmor=unconfined",
            "--security-opt=systempaths=unconfined",
            "--cgroupns=host",
            "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw",
            f"--volume={docker_disk}:/var/lib/docker",
            f"--volume={home_disk}:/var/lib/ocrfleet",
            f"--publish=127.0.0.1:{self.port}:22",
        ]

    def _volumes(self) -> tuple[str, str]:
        return f"{self.name}-docker", f"{self.name}-home"

    def _wait(self, docker: Docker, tell: Tell) -> None:
        tell("waiting for its Docker engine")
        deadline = time.monotonic() + UP_SECONDS
        while not succeeds(docker("exec", self.name, "docker", "info")):
            if time.monotonic() > deadline:
                raise LabError(f"the Docker engine inside {self.name} did not start; see: docker logs {self.name}")
            time.sleep(0.5)

    def load(self, docker: Docker, image: str, tell: Tell) -> None:
        """Put an image of this machine's engine into the host's own, unless it is there."""
        # An image's id depends on how an engine stores it; its layers do not.
        layers = ("image", "inspect", "--format={{json .RootFS.Layers}}", image)
        inside = output(docker("exec", self.name, "docker", *layers))
        if inside and inside == output(docker(*layers)):
            return
        tell(f"loading {image} into its Docker engine")
        with subprocess.Popen(docker("save", image), stdout=subprocess.PIPE) as save:
            argv = docker("exec", "-i", self.name, "docker", "load", "--quiet")
            done = subprocess.run(argv, check=False, stdin=save.stdout, capture_output=True, text=True)
        if done.returncode or save.returncode:
            raise LabError(f"{image} could not be loaded into {self.name}: {done.stderr.strip()}")


def remove_images(docker: Docker, tell: Tell, *images: str) -> None:
    """Remove the images the lab made; one that another container still uses stays."""
    for image in (*images, IMAGE, debian.NAME):
        if succeeds(docker("image", "rm", image)):
            tell(f"removed {image}")


def ensure_image(docker: Docker, tell: Tell) -> str:
    """Build the lab host's image when its files or its base changed; return a name for its content."""
    way = debian.ensure_base(docker, tell)
    tell(f"base image {way}")
    base_id = output(docker("image", "inspect", "--format={{.Id}}", debian.NAME))
    content = hashlib.sha256(base_id.encode())
    for path in sorted(BUILD.iterdir()):
        content.update(path.name.encode() + path.read_bytes())
    mark = content.hexdigest()[:16]
    if output(docker("image", "inspect", f"--format={_label(LABEL)}", IMAGE)) != mark:
        tell("building the lab host's image")
        run(docker("build", f"--tag={IMAGE}", f"--label={LABEL}={mark}", str(BUILD)), tell)
    return mark


def _label(name: str) -> str:
    return f'{{{{index .Config.Labels "{name}"}}}}'
