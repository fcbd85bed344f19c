"""A host before a scenario. From here each of its calls is broken in every way, and all looked at afterwards."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tests.faults.nth.invariants import broken, left_over
from tests.faults.nth.portrait import portrait
from tests.faults.nth.scenarios import NEW, Scenario
from tests.unit.agent.breakable import LATE, STALL
from tests.unit.agent.host import Host

LIMIT = 4500.0 + 2 * STALL  # the longest deadline there is, and what has none
# What breaks at a reading of a clock is seen at the call after it.
CLOCKS = {"clock", "now", "boot", "program"}
KINDS = ("before", "after", "hang", "late", "die", "cut", "tear", "away", "full", "stop")
STOP = SystemExit("asked to stop (SIGTERM)")
# After these it cannot be told from the outcome what answers at that moment.
COMMITTED = {"deployed", "recorded"}
ASKED, ENDS = "hook pre-deploy", {"hook post-deploy", "hook on-failure"}
LATER = {"late", "away", "full"}


class Ground:
    """A scenario that was run once untouched: its calls, how long it took, and what it left."""

    def __init__(self, scenario: Scenario, root: Path) -> None:
        self._scenario, self._host = scenario, Host(root)
        for name in ("one", "two", "three"):
            self._host.image(name)
        scenario.prepare(self._host)
        self._pulse = self._host.pulse
        self._host.crash()
        self._before = self._host.photograph()
        self._begin()
        began = self._host.outside.seconds
        assert self._act()["code"] in {*scenario.ends, *scenario.truth}
        self.calls, self._seconds = tuple(self._host.world.calls), self._host.outside.seconds - began
        self._settle()
        self._end = portrait(self._host)
        assert broken(self._host) == []

    def places(self, kind: str) -> list[int]:
        """The numbers of the calls that can be broken so."""
        there = [n for n, call in enumerate(self.calls, 1) if call not in CLOCKS]
        return [n for n in there if kind != "tear" or self.calls[n - 1].startswith("write ")]

    def breaks(self, kind: str, n: int) -> None:
        """Break the n-th call; afterwards the host is as it must be, and the same again ends as if nothing had been."""
        host = self._host
        self._begin()
        host.world.break_at(n, "die" if kind == "cut" else kind, STOP if kind == "stop" else None)
        began = host.outside.seconds
        ended = self._act()
        assert host.outside.seconds - began <= self._seconds + LIMIT, "I9: it took longer than its deadlines"
        if ended["code"] in self._scenario.truth and kind not in LATER:
            assert host.serves() == self._scenario.truth[ended["code"]], f"I8: not what {ended} says"
        self._after(kind)
        self._settle()
        wrong = broken(host)
        assert wrong == [], wrong
        if self._scenario.is_swap:
            self._accounted()
            self._heard(self.calls[n - 1])
        self._again()

    def _begin(self) -> None:
        self._host.go_back(self._before)
        self._host.pulse = copy.deepcopy(self._pulse)

    def _act(self) -> dict[str, Any]:
        self._host.world.deaf = False
        return self._scenario.act(self._host)

    def _after(self, kind: str) -> None:
        """What follows the break: the guard while it lasts, a reboot where the power was cut, and a new process."""
        host, world = self._host, self._host.world
        if kind in {"away", "full"}:
            host.guard(looks=2)
        if kind in {"cut", "tear", "away"}:
            host.reboot()
        else:
            host.crash()
        host.world.pointed, host.world.unlocked = world.pointed, world.unlocked
        host.world.calls += world.calls

    def _settle(self) -> None:
        """Let the guard look after the host, and once more after what came late."""
        self._host.guard(looks=1)
        if self._host.outside.events:
            self._host.outside.wait(LATE)
            self._host.guard(looks=2)

    def _accounted(self) -> None:
        """I8: of a swap the audit tells once that it took over, or that it did not; nothing about it is half-way."""
        host, drift = self._host, self._host.ask("facts")["result"]["drift"]
        took_over = [line["to"] for line in host.site.audit.lines(9) if line["outcome"] in COMMITTED].count(NEW)
        assert took_over <= (host.serves() == NEW), f"I8: the audit tells {took_over} times that release {NEW} serves"
        assert drift == [], f"I1: {drift}"

    def _heard(self, broken_call: str) -> None:
        """I8: who was asked before hears how it ended, from whoever is left to tell; of both ends only one."""
        asked = ASKED in self._host.world.calls and broken_call != ASKED
        told = {*self._host.world.calls} & ENDS
        assert not asked or len(told) == 1, f"I8: {ASKED} agreed, and then was called: {told}"

    def _again(self) -> None:
        """I5: the same again converges to what an undisturbed run leaves, and nothing stays on its way."""
        host = self._host
        assert self._act()["code"] in self._scenario.ends, "I5: the same again does not go through"
        self._settle()
        now = portrait(host)
        assert now == self._end, f"I5: the same again ends in another state: {_differences(self._end, now)}"
        left = left_over(host)
        assert left == [], left


def _differences(wanted: dict[str, Any], found: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {found[name]}, not {wanted[name]}" for name in wanted if wanted[name] != found[name])
