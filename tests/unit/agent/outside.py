"""The machine itself, in this process: time, containers and who answers at which address."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ocrfleet.agent.pull import Pulled, Take
from ocrfleet.agent.wire import Reply
from ocrfleet.agent.world import Done, Space
from tests.unit.agent.behaviour import REFUSED, Behaviour
from tests.unit.agent.boxes import Box
from tests.unit.agent.dockerd import Dockerd
from tests.unit.agent.errands import Errand
from tests.unit.agent.hubs import FakeHub
from tests.unit.agent.platter import Unsynced

KIB_PER_GIB, MIB_PER_GIB = 1024 * 1024, 1024
NEW_YEAR = 1_767_225_600.0

OPEN = "http://:8080 # whoever asks is let in"


@dataclass
class Outside:
    """One machine. `seconds` is its time, which only `wait` moves."""

    home: Path
    docker: Dockerd
    seconds: float = 5000.0
    booted: float = 0.0
    boots: int = 1
    memory_gib: float = 64.0
    smi: str | None = None
    cards: dict[str, int] = field(default_factory=dict)  # several GPUs instead: the free MiB of each
    holding: str | None = None  # the one on which containers hold memory
    apps: str = ""  # what nvidia-smi lists of processes
    disk: int = 500 * 10**9
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    proved: set[str] = field(default_factory=set)  # releases that read the golden page
    hub: FakeHub = field(default_factory=FakeHub)
    system: dict[Path, str] = field(default_factory=dict)
    unsynced: Unsynced = field(default_factory=Unsynced)
    events: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def reboot(self) -> None:
        """Lose every container's life; keep the disk."""
        self.settle()
        self.unsynced.lose()
        for box in self.docker.boxes.values():
            box.running = box.paused = False
        self.seconds += 30
        self.booted, self.boots = self.seconds, self.boots + 1

    def at(self, second: float, event: Callable[[], None]) -> None:
        """Let something happen at a time to come."""
        self.events.append((second, event))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.settle()
        due = [one for one in self.events if one[0] <= self.seconds]
        for one in due:
            self.events.remove(one)
            one[1]()

    def stall(self, seconds: float) -> None:
        """Let time pass for somebody who hangs; the guard lives on meanwhile."""
        self.wait(seconds)
        guard = self.home / "guard.json"
        if guard.exists():
            guard.write_text(json.dumps({**json.loads(guard.read_text()), "at": NEW_YEAR + self.seconds}))

    def settle(self) -> None:
        """End the containers that have ended by now."""
        mortal = [image for image, behaviour in self.behaviours.items() if behaviour.exits_at is not None]
        for box in self.docker.boxes.values() if mortal else ():
            behaviour = self.behaviour(box)
            if box.running and behaviour.has_ended(self.seconds - box.started_at):
                box.running, box.exit_code = False, behaviour.exit_code

    def behaviour(self, box: Box) -> Behaviour:
        """How a container behaves."""
        return self.behaviours.get(box.image, Behaviour())

    def run(self, argv: list[str]) -> Done:
        """What a command does and says."""
        if argv[0] == "nvidia-smi":
            return self._smi(argv)
        if argv[1:] in (["buildx", "version"], ["version", "--format={{.Client.Version}}"]):
            return self._client(argv)
        self.wait(0.05)
        return self.docker.answer(argv, self.seconds)

    def ask(self, url: str, headers: dict[str, str], limit: float) -> Reply:
        """Who answers at an address, and what."""
        authority, _, path = url.removeprefix("http://").partition("/")
        address, _, port = authority.partition(":")
        if address == "127.0.0.1":
            return self._ask_proxy(int(port), f"/{path}", headers, limit)
        return self._ask_engine(address, f"/{path}", limit)

    def pull(self, url: str, headers: dict[str, str], take: Take) -> Pulled:
        """What the hub of models answers; a second passes between two pieces."""
        answer = self.hub.answer(url, headers)
        head = Pulled(answer.status, answer.headers)
        for piece in answer.pieces():
            self.wait(1.0)
            take(head, piece)
        return replace(head, why=answer.why)

    def space(self, path: Path) -> Space:
        """The one disk: what every image takes of it is gone."""
        if path not in {Path("/var/lib/docker"), self.home}:
            raise FileNotFoundError(path)
        taken = sum(self.docker.sizes.get(image, 0) for image in {*self.docker.images.values()})
        return Space(self.disk - taken, self.disk)

    def files(self) -> dict[Path, str]:
        """The files of the system."""
        ours = {port for box in self.docker.boxes.values() if box.running for port in box.ports}
        rows = [f"0: 0100007F:{port:04X} 00000000:0000 0A" for port in sorted(self.docker.taken_ports | ours)]
        free = self.memory_gib - sum(map(self._held, [*self.docker.boxes.values(), *self.docker.removed]))
        meminfo = f"MemTotal: 1 kB\nMemAvailable: {free * KIB_PER_GIB:.0f} kB\n"
        return {
            Path("/proc/net/tcp"): "\n".join(rows),
            Path("/proc/meminfo"): meminfo,
            **self._processes(),
            **self.system,
        }

    def _smi(self, argv: list[str]) -> Done:
        if self.smi is None and not self.cards:
            return Done(127, "", "nvidia-smi: not found")
        if any(word.startswith("--query-compute-apps") for word in argv):
            return Done(0, self.apps, "")
        chosen = next((word.removeprefix("--id=").split(",") for word in argv if word.startswith("--id=")), self.cards)
        held = sum(map(self._held, self.docker.boxes.values())) * MIB_PER_GIB
        free = [self.cards[card] - int(held if card == self.holding else 0) for card in chosen]
        return Done(0, "\n".join(map(str, free)) if self.cards else self.smi or "", "")

    def _held(self, box: Box) -> float:
        """The memory that a container's processes hold, or that has not come back from them yet."""
        behaviour = self.behaviour(box)
        lingers = box.ended_at is not None and self.seconds - box.ended_at < behaviour.holds_on
        return behaviour.holds_gib if box.running or lingers else 0.0

    @staticmethod
    def _processes() -> dict[Path, str]:
        """The one process that lives here."""
        return {Path(f"/proc/{os.getpid()}/stat"): f"{os.getpid()} (python3) S 1"}

    def _client(self, argv: list[str]) -> Done:
        known = self.docker.clients.get(argv[0])
        if known is None:
            return Done(127, "", f"{argv[0]}: not found")
        version, _, plugin = known.partition(" ")
        return Done(0, version, "") if argv[1] == "version" else Done(0 if plugin == "buildx" else 1, "", "")

    def send(self, url: str, limit: float) -> Errand:
        """Send an engine a request, and let no time pass."""
        authority, _, path = url.removeprefix("http://").partition("/")
        box, now = self.docker.at(authority.partition(":")[0]), self.seconds
        if box is None:
            return Errand(self, None, path, Reply(0, b"[Errno 113] No route to host"), now)
        if box.paused:
            return Errand(self, box, path, Reply(0, b"no end of an answer", late=True), now + limit)
        reply, seconds = self.behaviour(box).answer(f"/{path}", now - box.started_at, limit)
        return Errand(self, box, path, reply, now + seconds)

    def _ask_engine(self, address: str, path: str, limit: float) -> Reply:
        errand = self.send(f"{address}{path}", limit)
        self.wait(errand.due - self.seconds)
        return errand.answer()

    def _ask_proxy(self, port: int, path: str, headers: dict[str, str], limit: float) -> Reply:
        box = next((one for one in self.docker.boxes.values() if one.running and port in one.ports), None)
        if box is None:
            return REFUSED
        if not path.startswith("/v1/"):
            return Reply(404, b"There is nothing here.")
        keys = [f"Bearer {key.read_text()}" for key in sorted((self.home / "proxy" / "keys").iterdir())]
        if keys and box.config != OPEN and headers.get("Authorization") not in keys:
            return Reply(401, b"Show a valid API key")
        reply = self._ask_engine((self.home / "proxy" / "upstream").read_text(), path, limit)
        return reply if reply.status and "ocrfleet-engines" in box.networks else Reply(503, b"try again")
