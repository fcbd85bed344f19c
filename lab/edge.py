"""The lab's edge: the emulator of Cloudflare in a container, beside the lab host, and the image of its connector."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from lab import debian
from lab.cloudflare.__main__ import API_PORT, EDGE_PORT
from lab.cloudflare.place import TOKEN
from lab.docker import Docker
from lab.places import ROOT, Places
from lab.shell import LabError, output, run, succeeds
from lab.steps import Tell

IMAGE = "ocrfleet-lab/cloudflared:stand-in"
LABEL = "ocrfleet-lab.config"
BUILD, EMULATOR = ROOT / "lab" / "cloudflare" / "image", ROOT / "lab" / "cloudflare"
UP_SECONDS = 30.0


@dataclass(frozen=True)
class LabEdge:
    """One emulator: a container, its folder, ports on 127.0.0.1, a network by how its addresses begin, an image."""

    name: str
    state: Path
    api: int = 22080
    front: int = 22081
    network: str = "172.30.250"
    image: str = IMAGE

    @property
    def environment(self) -> dict[str, str]:
        """How Pulumi and ocrfleet reach it."""
        return {
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{self.api}/client/v4",
            "OCRFLEET_EDGE_URL": self.url,
        }

    @property
    def url(self) -> str:
        """Where public names answer: without https, on the loopback."""
        return f"http://127.0.0.1:{self.front}"

    def ensure(self, docker: Docker, host: str, tell: Tell) -> None:
        """Make sure it runs and the host can reach it, and that there is an image for the host's connector."""
        image = ensure_image(docker, self.image, self._inside, tell)
        self._ensure_network(docker, tell)
        config = hashlib.sha256(repr((image, *self._flags())).encode()).hexdigest()[:16]
        if output(docker("inspect", f"--format={_label(LABEL)}", self.name)) != config:
            tell(f"creating the container {self.name}")
            self._create(docker, config, tell)
        run(docker("start", self.name), tell)
        if self.name not in output(docker("inspect", "--format={{json .NetworkSettings.Networks}}", host)):
            run(docker("network", "connect", self.name, host), tell)
        self._wait()

    def remove(self, docker: Docker, tell: Tell) -> None:
        """Remove the container and its network; whoever is on it has to be gone."""
        if succeeds(docker("container", "inspect", self.name)):
            run(docker("rm", "--force", self.name), tell)
        if succeeds(docker("network", "inspect", self.name)):
            run(docker("network", "rm", self.name), tell)

    @property
    def _inside(self) -> str:
        """Where a connector finds the edge."""
        return f"http://{self.network}.2:{EDGE_PORT}"

    def _ensure_network(self, docker: Docker, tell: Tell) -> None:
        if not succeeds(docker("network", "inspect", self.name)):
            run(docker("network", "create", f"--subnet={self.network}.0/28", self.name), tell)

    def _flags(self) -> list[str]:
        return [
            f"--network={self.name}",
            f"--ip={self.network}.2",
            f"--user={os.getuid()}:{os.getgid()}",
            "--read-only",
            "--cap-drop=ALL",
            "--init",
            f"--mount=type=bind,source={self.state},target=/state",
            f"--publish=127.0.0.1:{self.api}:{API_PORT}",
            f"--publish=127.0.0.1:{self.front}:{EDGE_PORT}",
            "--entrypoint=/usr/bin/python3",
        ]

    def _create(self, docker: Docker, config: str, tell: Tell) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        if succeeds(docker("container", "inspect", self.name)):
            run(docker("rm", "--force", self.name), tell)
        words = ["create", f"--name={self.name}", f"--label={LABEL}={config}", *self._flags()]
        run(docker(*words, self.image, "-m", "lab.cloudflare", "/state/account.json"), tell)

    def _wait(self) -> None:
        deadline = time.monotonic() + UP_SECONDS
        while not _answers(f"http://127.0.0.1:{self.api}/client/v4/zones"):
            if time.monotonic() > deadline:
                raise LabError(f"the emulator of Cloudflare did not start; see: docker logs {self.name}")
            time.sleep(0.1)


def lab_edge(places: Places) -> LabEdge:
    """The edge of `make lab`."""
    return LabEdge("ocrfleet-lab-cloudflare", places.cloudflare)


def ensure_image(docker: Docker, image: str, edge: str, tell: Tell) -> str:
    """Build the image when its files or its base changed; return a name for its content."""
    base = output(docker("image", "inspect", "--format={{.Id}}", debian.NAME))
    files = {path.name: path for path in sorted(BUILD.iterdir())}
    files |= {f"lab/cloudflare/{path.name}": path for path in sorted(EMULATOR.glob("*.py"))}
    content = hashlib.sha256(f"{base} {edge}".encode())
    for name, path in files.items():
        content.update(name.encode() + path.read_bytes())
    mark = content.hexdigest()[:16]
    if output(docker("image", "inspect", f"--format={_label(LABEL)}", image)) != mark:
        tell("building the image of the lab's Cloudflare")
        with tempfile.TemporaryDirectory() as folder:
            for name, path in {"lab/__init__.py": ROOT / "lab" / "__init__.py", **files}.items():
                target = Path(folder) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            run(docker("build", f"--tag={image}", f"--label={LABEL}={mark}", f"--build-arg=EDGE={edge}", folder), tell)
    return mark


def _answers(url: str) -> bool:
    """Whether anybody answers there, whatever it is."""
    try:
        httpx.get(url, timeout=2)
    except httpx.HTTPError:
        return False
    return True


def _label(name: str) -> str:
    return f'{{{{index .Config.Labels "{name}"}}}}'
