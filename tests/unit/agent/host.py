"""A host under test: what an operator, a guard or a stranger does to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.__main__ import answer
from ocrfleet.agent.alive import beat
from ocrfleet.agent.deploy import deploy, rollback
from ocrfleet.agent.errors import CommandFailed, HostError
from ocrfleet.agent.guard import look
from ocrfleet.agent.home import read_json
from ocrfleet.agent.pulse import attend
from tests.unit.agent.faults import Died
from tests.unit.agent.scene import Scene
from tests.unit.agent.wanted import OWNER


class Host(Scene):
    """A scene on which things happen."""

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
            up: set[str] = set()
            with suppress(HostError):
                up = look(self.site, self.patience)
            with suppress(HostError, CommandFailed):
                attend(self.site, self.pulse, up)
            self.outside.wait(3)

    def running(self) -> set[str]:
        """The containers that run, as the guard has just seen them."""
        return {box.id for box in self.docker.boxes.values() if box.running}

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


@contextmanager
def prepared(root: Path) -> Iterator[Host]:
    """A host with three images, for a while."""
    root.mkdir()
    try:
        host = Host(root)
        for name in ("one", "two", "three"):
            host.image(name)
        yield host
    finally:
        shutil.rmtree(root)
