"""A lab host on which a release serves: what a fault is let loose on, and looked at afterwards."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lab.project import LabProject
from ocrfleet.errors import OcrfleetError
from ocrfleet.project import Owner
from ocrfleet.remote import Remote
from tests.faults.onhost.invariants import wrongs
from tests.faults.onhost.plant import lift, plant
from tests.faults.onhost.seen import Seen, look

# A build that goes on by itself may have every step before it.
REST_SECONDS, READ_SECONDS, POLL = 300.0, 60.0, 0.3
GOLDEN = "Harbour Stores"


@dataclass(frozen=True)
class Outcome:
    """How something ended for the operator who asked for it."""

    result: dict[str, Any] | None = None
    error: OcrfleetError | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        return self.error.code if self.error else 0


class Stage:
    """Drives one lab host through the same door as any operator."""

    def __init__(self, lab: LabProject) -> None:
        self.lab = lab
        self._pool = ThreadPoolExecutor(max_workers=8)
        self._wish: dict[str, Any] = {}

    @cached_property
    def remote(self) -> Remote:
        """One operator's connection."""
        return self.lab.remote

    @cached_property
    def owner(self) -> Owner:
        """Whose host it is."""
        return Owner(**(self.remote.facts().owner or {}))

    def ready(self) -> Seen:
        """Make sure that a release serves and the host is at rest, whatever an earlier cell left."""
        lift(self.lab)
        if self._is_empty():
            self.lab.deploy()
        try:
            seen = self.at_rest()
        except AssertionError:
            self.lab.clean()
            self.lab.deploy()
            seen = self.at_rest()
        plant(self.lab)
        if seen.raw["state"]["pinned"] is not None:
            self.remote.tell("unpin")
        self._wish = self.remote.tell("manifest", release=seen.serving)["wanted"]
        return seen

    def wish(self, note: str, strategy: str) -> dict[str, Any]:
        """Something to deploy that was never deployed before: the serving release with another environment."""
        wanted = copy.deepcopy(self._wish)
        service = wanted["service"]
        run = service["run"] = [word for word in service["run"] if not word.startswith("--env=NOTE=")]
        run.insert(run.index("@image"), f"--env=NOTE={note} {time.time_ns()}")
        service["cutover"]["strategy"] = strategy
        service["gate"]["healthy_seconds"] = 0.5
        return wanted

    def deploy(self, wanted: dict[str, Any], remote: Remote | None = None, heard: list[str] | None = None) -> Outcome:
        """Deploy, and say how it ended; what is said meanwhile goes to `heard` as well."""
        lines = [] if heard is None else heard
        to = remote or self.remote
        return outcome(lambda: to.deploy(wanted, {}, self.owner, lines.append), lines)

    def beside(self, work: Callable[[], Outcome]) -> Future[Outcome]:
        """Do something while this goes on."""
        return self._pool.submit(work)

    def at_rest(self) -> Seen:
        """Wait until the host is as it must be; raises AssertionError with what is wrong when it does not get there."""
        deadline = time.monotonic() + REST_SECONDS
        while True:
            found: list[str] = []
            try:
                seen = look(self.lab)
                found = wrongs(seen)
            except (AssertionError, ValueError) as error:
                found = [f"the host could not be looked at: {error}"]
            if not found:
                return seen
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(["the host is not as it must be at rest:", *found]))
            time.sleep(POLL)

    def _is_empty(self) -> bool:
        """Whether nothing serves, and nothing is on its way to: on a new host that does not change by waiting."""
        try:
            seen = look(self.lab)
        except (AssertionError, ValueError):
            return False
        return seen.serving is None and seen.is_at_rest

    def reads(self) -> None:
        """A page is read, as soon as that can be expected."""
        deadline = time.monotonic() + READ_SECONDS
        while True:
            try:
                text = self.lab.read()
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL)
                continue
            assert GOLDEN in text, f"the page was read as: {text[:200]}"
            return

    def converges(self, wanted: dict[str, Any]) -> Seen:
        """Asking again leads to what was asked for, and asking once more changes nothing."""
        again = self.deploy(wanted)
        assert again.code == 0, f"asked again: {again.error}"
        seen = self.at_rest()
        once_more = self.deploy(wanted)
        assert once_more.result == {"outcome": "unchanged", "release": seen.serving}, once_more
        self.reads()
        return seen


def outcome(work: Callable[[], dict[str, Any]], lines: list[str]) -> Outcome:
    """Do something an operator does, and say how it ended."""
    try:
        return Outcome(work(), None, lines)
    except OcrfleetError as error:
        return Outcome(None, error, lines)
