"""Everything a verb works with on this host, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from ocrfleet.agent.audit import Audit
from ocrfleet.agent.docker import Docker
from ocrfleet.agent.errors import HostError
from ocrfleet.agent.gate import Candidate, Gate
from ocrfleet.agent.home import Home
from ocrfleet.agent.journal import Journal
from ocrfleet.agent.proxy import Proxy
from ocrfleet.agent.releases import Release, Releases
from ocrfleet.agent.state import State, load_state
from ocrfleet.agent.world import World

Payload = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """The host: its world, its folder, and the parts that act on them. `say` takes lines for the operator."""

    world: World
    home: Home
    say: Callable[[str], None]

    @cached_property
    def docker(self) -> Docker:
        return Docker(self.world)

    @cached_property
    def releases(self) -> Releases:
        return Releases(self.world, self.home)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.world, self.home.journal)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.world, self.home, self.say)

    @cached_property
    def proxy(self) -> Proxy:
        return Proxy(self.world, self.home, self.docker)

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.world, self.docker, self.say)

    def state(self) -> State:
        return load_state(self.home)

    def serving(self) -> Release | None:
        """The release that serves, or None."""
        number = self.state().serving
        return self.releases.get(number) if number is not None else None

    def candidate(self, release: Release) -> Candidate:
        """What the gate looks at when it judges a release."""
        gate = self.releases.wanted(release.release)["service"]["gate"]
        return Candidate(release.container or "", release.address, gate)

    def serving_sentence(self) -> str:
        """Say what serves now and since when, for the end of a message; never raises."""
        try:
            state = self.state()
        except (HostError, OSError):
            return "not known"
        if state.serving is None:
            return "nothing"
        since = datetime.fromtimestamp(state.since or 0, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"release {state.serving} since {since}" + (" (stopped on purpose)" if state.stopped else "")


Verb = Callable[[Site, Payload], Payload]
