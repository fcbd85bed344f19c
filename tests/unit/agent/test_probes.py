"""The machine's own programs are asked within seconds, whatever hangs or is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocrfleet.agent.probes import ALL_SECONDS, PROBES, probe
from ocrfleet.agent.world import TIMED_OUT, Done


@dataclass
class Hanging:
    """A machine on which some programs never end."""

    hang: set[str]
    time: float = 0.0
    asked: list[list[str]] = field(default_factory=list)

    def run(self, argv: list[str], *, check: bool, seconds: float) -> Done:
        assert not check
        self.asked.append(argv)
        stuck = argv[0] in self.hang
        self.time += seconds if stuck else 0.01
        return Done(TIMED_OUT if stuck else 0, "", "x" * 1000)

    def clock(self) -> float:
        return self.time

    def now(self) -> float:
        return 1000.0

    def read(self, path: Path) -> str | None:
        return None if path.name == "nothing" else "MemAvailable: 1024 kB\n"


def ask(world: Any) -> dict[str, Any]:
    site: Any = SimpleNamespace(world=world, home=SimpleNamespace(root=Path("/var/lib/ocrfleet")))
    return probe(site, {})


EVERY = {argv[0] for argv in PROBES.values()}


@pytest.mark.parametrize("hang", [set(), {"nvidia-smi"}, {"nvidia-smi", "docker", "df"}, EVERY])
def test_every_program_is_asked_and_all_is_over_in_time(hang: set[str]) -> None:
    world = Hanging(hang)
    told = ask(world)
    assert {argv[0] for argv in world.asked} == EVERY | {"df"}
    assert {name for name, one in told["answers"].items() if one["code"] == TIMED_OUT} >= {
        name for name, argv in PROBES.items() if argv[0] in hang
    }
    assert world.time <= ALL_SECONDS + 1


def test_what_a_program_complains_of_stays_short() -> None:
    assert all(len(one["err"]) <= 300 for one in ask(Hanging(set()))["answers"].values())


def test_memory_and_time_come_with_it() -> None:
    told = ask(Hanging(set()))
    assert (told["meminfo"], told["now"]) == ("MemAvailable: 1024 kB\n", 1000.0)


def test_nothing_is_changed() -> None:
    assert not {word for argv in PROBES.values() for word in argv} & {"run", "start", "rm", "create"}
