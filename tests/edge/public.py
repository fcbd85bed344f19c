"""A lab host that is public: an emulator of its own, its connector, and callers from outside."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from lab.cloudflare.place import TOKEN
from lab.docker import find_docker
from lab.edge import LabEdge
from lab.keys import Keys
from lab.machine import LabHost
from lab.places import Places
from lab.project import KEY, LabProject
from lab.public import Caller
from lab.shell import run
from ocrfleet.edge.credential import Credential, credential_of, secret_name
from ocrfleet.secrets import Secret

NAME, CONSUMER = "ocr.example.org", "page-worker"
FILTERS = ("--filter=label=ocrfleet.edge", "--filter=label=ocrfleet.part=connector")


@dataclass
class Public:
    """The host's project, the edge it is public on, and how it is asked."""

    lab: LabProject
    edge: LabEdge
    host: LabHost
    first: str = ""

    def deploy(self, **changes: Any) -> str:
        """Deploy the host with its edge; return what Pulumi said."""
        return self.lab.deploy(**self.edge_of({NAME: {"audience": [CONSUMER]}}), **changes).out

    def edge_of(self, names: dict[str, Any]) -> dict[str, Any]:
        """The host file's edge with these names."""
        said = {"zone": "example.org", "team": "example", "connector": self.edge.image, "hostnames": names}
        return {f"edge__{key}": value for key, value in said.items()}

    def caller(self, *, stranger: bool = False) -> Caller:
        """Whoever asks from outside."""
        return Caller(self.edge.url, NAME, None if stranger else self.credential(), KEY)

    def credential(self) -> Credential | None:
        """What the store has for the consumer, who gets a credential at the first time."""
        words = ("secrets", "get", self.lab.name, secret_name(CONSUMER), "--reveal")
        if self.lab.ocrfleet(*words).code:
            ran = self.lab.ocrfleet("rotate", self.lab.name, "access")
            assert ran.code == 0, ran.out
        return credential_of(Secret(self.lab.ocrfleet(*words).out), self.lab.name, CONSUMER)

    def output(self, name: str) -> Any:
        """What the stack exports."""
        words = ("stack", "output", f"--stack={self.lab.name}", "--json", "--show-secrets", name)
        return json.loads(self.lab.pulumi(*words).out)

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the account; `{a}` is the account."""
        base = self.edge.environment["CLOUDFLARE_BASE_URL"]
        headers = {"Authorization": f"Bearer {TOKEN}"}
        account = httpx.get(f"{base}/zones", headers=headers).json()["result"][0]["account"]["id"]
        url = f"{base}{path.replace('{a}', f'/accounts/{account}')}"
        answer = httpx.request(method, url, json=body, headers=headers).json()
        assert answer["success"], answer
        return answer["result"]

    def connectors(self) -> list[str]:
        """The ids of the connectors that run."""
        return self.lab.inside("docker", "ps", "--quiet", "--no-trunc", *FILTERS).out.split()

    def inspect(self, container: str) -> dict[str, Any]:
        """A container as the host's Docker shows it."""
        found: list[dict[str, Any]] = json.loads(self.lab.inside("docker", "container", "inspect", container).out)
        return found[0]


@contextmanager
def public(lab: LabProject, folder: Path) -> Iterator[Public]:
    """Put an edge beside a lab host, and take it away again."""
    docker = find_docker(Places(), lambda _: None)
    api, front = _free_port(), _free_port()
    name = f"{lab.container}-cloudflare"
    network = f"172.30.{100 + os.getpid() % 100}"
    edge = LabEdge(name, folder / "cloudflare", api, front, network, f"ocrfleet-lab/cloudflared:{lab.container}")
    host = LabHost(lab.container, lab.port, Keys(lab.keys))
    try:
        edge.ensure(docker, lab.container, lambda _: None)
        host.load(docker, edge.image, lambda _: None)
        lab.more = edge.environment
        lab.set_key()
        yield Public(lab, edge, host)
    finally:
        lab.more = {}
        run(docker("network", "disconnect", "--force", name, lab.container), lambda _: None)
        edge.remove(docker, lambda _: None)
        run(docker("image", "rm", edge.image), lambda _: None)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
