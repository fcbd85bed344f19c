"""The agent's site on a fake world: what is there, and what can be seen of it from outside."""

from __future__ import annotations

from pathlib import Path

from ocrfleet.agent.alive import beat
from ocrfleet.agent.home import Home
from ocrfleet.agent.patience import Patience
from ocrfleet.agent.pulse import Pulse
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.boxes import Box
from tests.unit.agent.dockerd import Dockerd
from tests.unit.agent.outside import Outside
from tests.unit.agent.photograph import Photograph
from tests.unit.agent.wanted import KEY_VERSION
from tests.unit.agent.world import FakeWorld


class Scene:
    """One machine with a guard and without a release; images are called sha256:NAME and behave as told."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.outside = Outside(root, Dockerd(root / "proxy"))
        self.docker = self.outside.docker
        self.said: list[str] = []
        self.renew()
        self.home.make(self.world)
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
        return Photograph.of(self.home.root, self.outside)

    def go_back(self, photograph: Photograph) -> None:
        """Be the machine it was."""
        self.outside = photograph.put_back(self.home.root)
        self.docker = self.outside.docker
        self.said.clear()
        self.renew()

    def image(self, name: str, behaviour: Behaviour | None = None) -> str:
        """An image on the host that was just built, and how containers of it behave."""
        self.docker.images[f"ocrfleet/lab-{name}:1"] = f"sha256:{name}"
        self.home.build_lock("1").touch()
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
