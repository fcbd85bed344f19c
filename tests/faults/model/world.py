"""A host under everybody's hands, and the little that must be known of it to say what must be true."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ocrfleet.agent.alive import beat
from tests.faults.nth.invariants import broken
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.breakable import LATE
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host

# In what way something breaks, and at the how manyth call or at which; None where nothing does.
Breaks = tuple[str, int | str] | None
MEMORY = Path("/dev/shm")
STOP = SystemExit("asked to stop (SIGTERM)")
GOOD, BAD = ("one", "two", "three"), ("wrong", "mute")
# After how long everything that the guard puts right by and by must be right, in looks half a minute apart.
LOOKS = 24


@dataclass(frozen=True)
class Truth:
    """What must be true: the image that serves, which was read a page with, and whether it was stopped on purpose."""

    image: str | None = None
    stopped: bool = False


class Fleet:
    """The host, and what is known of it; `truths` are more than one only until the host tells which is so."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.host = Host(Path(self._folder.name))
        for name in GOOD:
            self.host.image(name)
        self.host.image("wrong", Behaviour(text="lorem ipsum dolor"))
        self.host.image("mute", Behaviour(health=((0, 503),)))
        self.truth, self.away = Truth(), False
        self._before = self.truth

    def close(self) -> None:
        """Remove what is on the disk."""
        self._folder.cleanup()

    def do(self, act: Callable[[], dict[str, Any]], then: Truth, fault: Breaks) -> None:
        """Let somebody act while a call breaks; when it succeeds it is `then` what must be true, else what was."""
        self._begin(fault)
        with redirect_stderr(StringIO()):
            code = act()["code"]
        self._end(fault)
        before = self._before = self.truth
        self.truth = self._told()
        possible = {0: {then}, 10: {before}, 20: {before}, 50: {before}}.get(code, {before, then})
        # A service that was to be stopped, or not to be any more, counts so before that is done.
        half = {Truth(before.image, then.stopped)} if code not in {0, 10, 20, 50} else set()
        assert self.truth in possible | half, f"it ended with {code} and {self.truth}, not one of {possible}"

    def lose_power(self) -> None:
        """Pull the plug. Where the disk failed in the middle of a change, what was before it may be true again."""
        is_sure = self.host.home.state not in {path for _, path, _ in self.host.outside.unsynced.names}
        self.host.reboot()
        self.host.docker.away = self.away
        told = self._told()
        assert told == self.truth or (told == self._before and not is_sure), f"{told}, not {self.truth}"
        self.truth = told

    def guard_dies(self, n: int, looks: int) -> None:
        """Lose the guard at a call; nobody asked for anything, so nothing else is true afterwards."""
        self.host.world.break_at(n, "die")
        with suppress(Died):
            self.host.guard(looks)
        self._end(None)
        assert self._told() == self.truth

    def rest(self) -> None:
        """Nobody is at work: the guard puts right what is not, and then everything is as it must be."""
        if self.away:
            return
        wrong: list[str] = []
        if self.host.outside.events:
            self.host.outside.wait(LATE)
        for _ in range(LOOKS):
            self.host.guard(looks=1)
            wrong = broken(self.host)
            if not wrong:
                break
            self.host.outside.wait(30)
        assert wrong == [], wrong
        assert self._told() == self.truth, f"{self._told()}, not {self.truth}"

    def _begin(self, fault: Breaks) -> None:
        beat(self.host.site)
        self.host.world.deaf = False
        if fault is not None:
            kind, where = fault
            breaks = self.host.world.break_at if isinstance(where, int) else self.host.world.break_on
            breaks(where, "die" if kind == "cut" else kind, STOP if kind == "stop" else None)  # type: ignore[arg-type]

    def _end(self, fault: Breaks) -> None:
        world = self.host.world
        if fault is not None and fault[0] in {"cut", "tear"}:
            self.host.reboot()
        else:
            self.host.crash()
        self.host.world.pointed, self.host.world.unlocked = world.pointed, world.unlocked
        self.host.docker.away = self.away

    def _told(self) -> Truth:
        """What the host has written down."""
        serving, state = self.host.site.serving(), self.host.site.state()
        return Truth(serving.image.removeprefix("sha256:") if serving else None, state.stopped)
