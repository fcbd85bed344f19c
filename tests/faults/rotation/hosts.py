"""A host whose agent runs in this process, its store, and a rotation of its key that can be killed at every call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ocrfleet.remote import Remote
from ocrfleet.rotation.keys import Keys
from ocrfleet.rotation.outcome import Lap, Outcome
from ocrfleet.rotation.patience import Patience
from ocrfleet.rotation.prove import Prover
from ocrfleet.secrets import Secret
from tests.faults.nth.link import Link
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import KEY_VERSION
from tests.unit.rotation.steps import Steps, Store

FIRST = Secret("k" * 32)
DAY = Lap(86400)


class Wire(Link):
    """A link whose every call is a step of the operator's process."""

    def __init__(self, host: Host, steps: Steps) -> None:
        super().__init__(host)
        self._steps = steps

    def run(self, argv: Any, *, stdin: bytes = b"", silence: float | None = None) -> Any:
        return self._steps.take(f"ssh {argv[-1]}", lambda: super(Wire, self).run(argv, stdin=stdin, silence=silence))

    def put(self, content: bytes, path: str, *, mode: int) -> None:
        self._steps.take("sftp", lambda: super(Wire, self).put(content, path, mode=mode))


@dataclass
class Bench:
    """The host, and whoever calls its proxy with the key that the store has or had."""

    host: Host
    values: dict[str, Secret] = field(default_factory=lambda: {"api-key": FIRST})
    handed: list[Secret] = field(default_factory=lambda: [FIRST])
    lap: Lap = DAY
    good_until: float = 0.0  # until when the one before is promised to be good

    def rotate(self, lap: Lap = DAY, kill: tuple[int, str] = (0, "before")) -> tuple[Outcome, Steps]:
        """Run the command, in a process of its own that may be killed."""
        self.lap, steps = lap, Steps(self.look, kill)
        store, remote = Store(steps, self.values), Remote(Wire(self.host, steps))
        prover = Prover("lab", None, store, remote, _nobody, Patience(lambda _: None))
        versions = {FIRST: KEY_VERSION}
        keys = Keys("lab", remote, store, prover, lambda _, value: versions.get(value) or f"v-{value.reveal()[:12]}")
        return keys.rotate("api-key", lap), steps

    def look(self) -> None:
        """At every moment the key of the store is good; and the one before it, while that is promised."""
        now = self.values["api-key"]
        if now not in self.handed:
            self.handed.append(now)
            self.good_until = self.host.outside.seconds + self.lap.seconds
        assert self.good(now), "what the store has is refused"
        if len(self.handed) > 1 and self.host.outside.seconds < self.good_until:
            assert self.good(self.handed[-2]), "the one before is cut off too early"

    def good(self, key: Secret) -> bool:
        """Whether the proxy has it in one of the two files it compares with."""
        return key.reveal() in {path.read_text() for path in (self.host.home.proxy / "keys").iterdir()}


def _nobody(*_: object) -> int:
    raise AssertionError("there is no edge")
