"""A host under test: the agent's site on a fake world, and what an operator, a guard or a stranger does to it."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.__main__ import answer
from ocrfleet.agent.deploy import deploy, rollback
from ocrfleet.agent.errors import CommandFailed, HostError
from ocrfleet.agent.guard import beat, look
from ocrfleet.agent.home import Home, read_json
from ocrfleet.agent.patience import Patience
from ocrfleet.agent.pulse import Pulse, attend
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site
from tests.unit.agent.behaviour import GOLDEN, MODEL, Behaviour
from tests.unit.agent.boxes import Box
from tests.unit.agent.dockerd import Dockerd
from tests.unit.agent.outside import Outside
from tests.unit.agent.world import Died, FakeWorld

OWNER = {"project": "ocr", "stack": "spark"}
PROXY_IMAGE, KEY_VERSION = "sha256:proxy", "v1"
START_FIRST, STOP_FIRST = "start-first", "stop-first"


@dataclass(frozen=True)
class Photograph:
    """A machine at one moment."""

    outside: bytes
    files: dict[Path, bytes]


class Host:
    """One machine with a guard and without a release; images are called sha256:NAME and behave as told."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.outside = Outside(root, Dockerd(root / "proxy"))
        self.docker = self.outside.docker
        self.said: list[str] = []
        self.renew()
        self.home.make()
        self.world.agent.touch()
        self.site.journal.prepare()
        self.image("proxy")
        self.secret("api-key", KEY_VERSION, "k" * 32)
        beat(self.site)

    def renew(self) -> None:
        """A new process of the agent."""
        self.world = FakeWorld(self.outside)
        self.site = Site(self.world, self.home, self.said.append)
        self.patience, self.pulse = Patience(), Pulse()

    def photograph(self) -> Photograph:
        """Remember the whole machine as it is."""
        return Photograph(pickle.dumps(self.outside), _files(self.home.root))

    def go_back(self, photograph: Photograph) -> None:
        """Be the machine it was."""
        now = _files(self.home.root)
        for path in now.keys() - photograph.files.keys():
            path.unlink()
        for path, content in photograph.files.items():
            if now.get(path) != content:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        for path in self.home.root.glob("releases/*"):
            if not any(path.iterdir()):
                path.rmdir()
        self.outside = pickle.loads(photograph.outside)
        self.docker = self.outside.docker
        self.said.clear()
        self.renew()

    # What is there

    def image(self, name: str, behaviour: Behaviour | None = None) -> str:
        """An image on the host, and how containers of it behave."""
        self.docker.images[f"ocrfleet/lab-{name}:1"] = f"sha256:{name}"
        self.outside.behaviours[f"sha256:{name}"] = behaviour or Behaviour()
        return f"sha256:{name}"

    def secret(self, name: str, version: str, value: str) -> None:
        """A secret as the operator's side puts it there."""
        path = self.home.secret(version, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value)

    def hook(self, *names: str) -> None:
        """Hooks as the host's owner puts them there."""
        for name in names:
            self.home.hook(name).write_text("#!/bin/sh\n")
            self.home.hook(name).chmod(0o755)

    def box(self, release: int) -> Box:
        """The container of a release."""
        box = self.docker.named(f"ocrfleet-lab-{release}")
        assert box is not None, f"release {release} has no container"
        return box

    @property
    def proxy(self) -> Box:
        """The container of the proxy."""
        box = self.docker.named("ocrfleet-lab-proxy")
        assert box is not None, "there is no proxy"
        return box

    def release(self, number: int) -> Release:
        """The record of a release."""
        return self.site.releases.need(number)

    @property
    def states(self) -> dict[int, str]:
        """How every release is recorded."""
        return {one.release: one.state for one in self.site.releases.all()}

    @property
    def steps(self) -> list[str]:
        """The steps of the last swap, as the journal has them."""
        return [entry.step for entry in self.site.journal.entries()]

    def serves(self) -> int | None:
        """The release that answers requests now: found from outside, not asked of the agent."""
        box = self.docker.at(self.site.proxy.upstream() or "")
        ready = box is not None and self.docker.named("ocrfleet-lab-proxy") is not None and self.proxy.running
        return int(box.labels["ocrfleet.release"]) if box is not None and ready else None

    def engines(self) -> list[int]:
        """The releases whose engines run."""
        boxes = [box for box in self.docker.boxes.values() if box.running and "ocrfleet.release" in box.labels]
        return sorted(int(box.labels["ocrfleet.release"]) for box in boxes)

    def unrest(self) -> list[str]:
        """Everything that must not be so when nobody is at work."""
        serving, upstream = self.site.serving(), self.site.proxy.upstream()
        wrong = {
            "nothing is serving": serving is None,
            f"the serving release is {serving and serving.state}": serving is None or not serving.is_good,
            f"release {self.serves()} answers": serving is None or self.serves() != serving.release,
            f"the engines {self.engines()} run": len(self.engines()) > 1,
            f"requests go to {upstream}": serving is None or upstream != serving.address,
            "what serves never read the page": str(serving and serving.release) not in self.outside.proved,
            "the swap is open": self.site.journal.unfinished() is not None,
            "the proxy runs another configuration": serving is not None
            and self.proxy.config != self.caddyfile(serving),
            "the proxy is not among the engines": "ocrfleet-engines" not in self.proxy.networks,
            "a lock is held": bool(self.world.held),
        }
        return [what for what, is_so in wrong.items() if is_so]

    def caddyfile(self, release: Release) -> str:
        """The proxy configuration a release wants."""
        text: str = self.site.releases.wanted(release.release)["service"]["proxy"]["caddyfile"]
        return text

    # What is done to it

    def deploy(self, wanted: dict[str, Any], owner: dict[str, str] | None = None) -> dict[str, Any]:
        """What the job of a deploy does."""
        with self.alone():
            return deploy(self.site, wanted, owner or OWNER)

    def rollback(self, number: int | None = None) -> dict[str, Any]:
        """What the job of a rollback does."""
        with self.alone():
            return rollback(self.site, number)

    def alone(self) -> Any:
        """The cutover lock, in a process of its own."""
        self.world.deaf = False
        return locks.hold(self.world, self.home.cutover_lock, {"what": "test", "who": "ana@mac"})

    def guard(self, looks: int = 5) -> None:
        """The guard's rounds; it goes on after an error, as its loop does."""
        for _ in range(looks):
            with suppress(HostError):
                look(self.site, self.patience)
            with suppress(HostError, CommandFailed):
                attend(self.site, self.pulse)
            self.outside.wait(3)

    def reboot(self) -> None:
        """Pull the plug, and switch on again."""
        self.world.revive()
        self.outside.reboot()
        self.renew()
        beat(self.site)

    def crash(self) -> None:
        """End every process of the agent; containers live on."""
        self.world.revive()
        self.renew()
        beat(self.site)

    def ask(self, verb: str, **payload: Any) -> dict[str, Any]:
        """Call a verb as an operator does: in a process of its own."""
        deaf, self.world.deaf = self.world.deaf, False
        try:
            return answer(self.site, verb, {"host": "lab", "who": "ana@mac", **payload})
        finally:
            self.world.deaf = deaf

    def job(self, verb: str, **payload: Any) -> dict[str, Any]:
        """Ask for a job as an operator does, and return how it ended: code and result or error; killed: code -1."""
        try:
            done = self.ask(verb, **payload)
        except (Died, SystemExit, KeyboardInterrupt):
            return {"code": -1}
        if "error" in done:
            return {"code": done["error"]["code"], **done}
        return read_json(self.home.job(done["result"]["job"]) / "exit") or {"code": -1}


def _files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"}


def wanted(image: str = "one", **changes: Any) -> dict[str, Any]:
    """What an operator sends: a service, the images it runs, the versions of its secrets. `a__b=c` changes a.b."""
    service = copy.deepcopy(SERVICE)
    for path, value in changes.items():
        *folders, name = path.split("__")
        place: Any = service
        for folder in folders:
            place = place[folder]
        place[name] = value
    return {
        "service": service,
        "image": f"sha256:{image}",
        "proxy_image": PROXY_IMAGE,
        "secrets": {"api-key": KEY_VERSION},
    }


def _network(name: str, subnet: str, *words: str) -> list[str]:
    return ["docker", "network", "create", "--label=ocrfleet.host=lab", f"--subnet={subnet}", *words, name]


SERVICE: dict[str, Any] = {
    "format": 1,
    "host": "lab",
    "run": [
        "docker",
        "create",
        "@placement",
        "--label=ocrfleet.host=lab",
        "--label=ocrfleet.part=engine",
        "--network=ocrfleet-engines",
        "--restart=no",
        "@image",
        "--psm=6",
    ],
    "networks": {
        "ocrfleet-engines": _network("ocrfleet-engines", "172.30.240.0/24", "--internal"),
        "ocrfleet-front": _network("ocrfleet-front", "172.30.241.0/28"),
    },
    "subnet": "172.30.240.0/24",
    "engine": {"port": 8000, "memory_gib": 8.0, "in_flight_metrics": ["busy", "waiting"], "stop_seconds": 30.0},
    "proxy": {
        "run": [
            "docker",
            "create",
            "@placement",
            "--label=ocrfleet.host=lab",
            "--label=ocrfleet.part=proxy",
            "--network=ocrfleet-front",
            "--publish=127.0.0.1:8000:8080",
            "@image",
        ],
        "caddyfile": "http://:8080\n",
        "port": 8000,
        "api_keys": ["api-key"],
    },
    "gate": {
        "port": 8000,
        "model": MODEL,
        "health": {"path": "/health", "seconds": 20.0},
        "page": {"request": {"model": MODEL}, "expected": GOLDEN, "max_error_rate": 0.05, "seconds": 5.0},
        "healthy_seconds": 1.0,
    },
    "cutover": {"strategy": "auto", "reserve_gib": 2.0, "drain_seconds": 4.0},
    "keep": 3,
}
