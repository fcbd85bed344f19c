"""What is asked of a machine only looks, and a container that does not come up in time is not left behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent.beside import beside
from ocrfleet.agent.home import Home
from ocrfleet.agent.journal import Entry
from ocrfleet.agent.probes import AWAY_SECONDS, CONTAINER_SECONDS, PROBE_SECONDS, PROBES, probe
from ocrfleet.agent.site import Site
from ocrfleet.agent.world import TIMED_OUT, A, B, Done
from tests.unit.agent.host import Host

QUESTIONS = {"host": "calypso", "reach": ["hub.test:443"], "gpus": ["--gpus=all"], "images": ["ours:", "base:1"]}


@dataclass
class Hanging:
    """A machine on which some programs do not end in time."""

    hang: set[str] = field(default_factory=set)
    images: str = "other:3\nbase:1\n<none>:<none>\n"
    asked: list[tuple[list[str], float]] = field(default_factory=list)

    def run(self, argv: list[str], *, check: bool, seconds: float) -> Done:
        assert not check
        self.asked.append((argv, seconds))
        out = self.images if argv[:2] == ["docker", "images"] else ""
        return Done(TIMED_OUT if self.hang & {argv[0], " ".join(argv[:2])} else 0, out, "x" * 1000)

    def both(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        return beside(first, second)

    def now(self) -> float:
        return 1000.0

    def read(self, path: Path) -> str | None:
        return "MemAvailable: 1024 kB\n" if path.name == "meminfo" else None


def ask(world: Any, **questions: Any) -> dict[str, Any]:
    return probe(Site(world, Home(Path("/nowhere")), print), {**QUESTIONS, **questions})


def test_every_program_is_asked_with_a_limit_that_leaves_the_whole_below_ten_seconds() -> None:
    world = Hanging()
    told = ask(world)
    assert told["answers"].keys() == {*PROBES, "disk", "docker_disk", "proxy", "reach hub.test:443", "container"}
    limits = {seconds for _, seconds in world.asked}
    assert limits == {PROBE_SECONDS, CONTAINER_SECONDS, AWAY_SECONDS}
    assert CONTAINER_SECONDS + 2 * AWAY_SECONDS < 8


def test_they_are_asked_at_the_same_time() -> None:
    class Slow(Hanging):
        def run(self, argv: list[str], *, check: bool, seconds: float) -> Done:
            time.sleep(0.05)
            return super().run(argv, check=check, seconds=seconds)

    began = time.monotonic()
    told = ask(Slow())
    assert time.monotonic() - began < 0.05 * len(told["answers"]) / 2


def test_a_container_that_does_not_start_in_time_is_removed_by_its_name() -> None:
    world = Hanging({"docker run"})
    assert ask(world)["answers"]["container"]["code"] == TIMED_OUT
    words = next(argv for argv, _ in world.asked if argv[:2] == ["docker", "run"])
    name = next(word.removeprefix("--name=") for word in words if word.startswith("--name="))
    assert ["docker", "rm", "--force", name] in [argv for argv, _ in world.asked]


def test_a_container_is_asked_for_nothing_but_the_gpu() -> None:
    world = Hanging()
    ask(world)
    words = next(argv for argv, _ in world.asked if argv[:2] == ["docker", "run"])
    assert {"--rm", "--pull=never", "--network=none", "--read-only", "--gpus=all"} <= set(words)
    assert words[-3:] == ["--entrypoint=nvidia-smi", "base:1", "-L"]
    assert not any(argv[:2] == ["docker", "rm"] for argv, _ in world.asked)


@pytest.mark.parametrize(
    ("images", "chosen"), [("z:1\nbase:1\nours:7\n", "ours:7"), ("z:1\nbase:1\n", "base:1"), ("z:1\n", "z:1")]
)
def test_our_own_image_is_looked_into_before_others(images: str, chosen: str) -> None:
    world = Hanging(images=images)
    ask(world)
    assert next(argv for argv, _ in world.asked if argv[:2] == ["docker", "run"])[-2] == chosen


def test_without_an_image_or_a_gpu_no_container_is_started() -> None:
    for world, gpus in ((Hanging(images=""), ["--gpus=all"]), (Hanging(), [])):
        ask(world, gpus=gpus)
        assert not any(argv[:2] == ["docker", "run"] for argv, _ in world.asked)


def test_what_a_program_complains_of_stays_short() -> None:
    assert all(len(one["err"]) <= 600 for one in ask(Hanging())["answers"].values())


def test_memory_sockets_and_time_come_with_it() -> None:
    told = ask(Hanging())
    assert (told["meminfo"], told["listening"], told["now"]) == ("MemAvailable: 1024 kB\n", [], 1000.0)


def test_nothing_is_changed() -> None:
    assert not {word for argv in PROBES.values() for word in argv} & {"run", "start", "rm", "create"}


@pytest.mark.parametrize(("step", "may_be_ours"), [("gated", True), ("restored", False)])
def test_memory_that_is_taken_may_be_our_own_until_a_swap_ended(host: Host, step: str, *, may_be_ours: bool) -> None:
    host.site.journal.write(Entry("1@5.000", step, 1, None, "start-first", "boot"))
    world: Any = Hanging()
    assert probe(Site(world, host.home, print), QUESTIONS)["serving"] is may_be_ours
