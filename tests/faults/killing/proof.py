"""Operators and agents are killed at random, one after the other; what is left is a host on which all is well."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from lab.project import LabProject
from tests.faults.killing.operators import Operators
from tests.faults.onhost.seen import Seen
from tests.faults.onhost.stage import Stage
from tests.faults.proof import Cell, Figures

AGENT = r"[.]pyz (build|deploy|rollback)"
BUILDS = "docker images --no-trunc --format '{{.Repository}}:{{.Tag}}' | grep ^ocrfleet/ | sort"
SECONDS, CELLS, LONGEST = 30.0, 20, 7.0


class Killing:
    """Each cell goes on for half a minute; all of them together make ten."""

    name, seconds = "killing", 65.0

    def __init__(self, at: Callable[[], LabProject]) -> None:
        self._at = at

    def cells(self) -> Iterable[Cell]:
        return [Cell(self.name, "at-random", seed) for seed in range(CELLS)]

    def short(self) -> Iterable[Cell]:
        return [Cell(self.name, "at-random", 0)]

    def run(self, cell: Cell) -> Figures:
        stage, chance = Stage(self._at()), random.Random(str(cell))
        before, images = stage.ready(), stage.lab.script(BUILDS).out.split()
        operators, killed = Operators(stage.lab, chance), Counter[str]()
        with operators.with_dockerfile():
            with _watching_builds(stage.lab) as most:
                deadline = time.monotonic() + SECONDS
                while time.monotonic() < deadline:
                    killed += _kill(stage.lab, operators, chance)
                rest = stage.at_rest()
            _is_sound(stage, before, rest, most)
            _goes_on(stage)
        built = len(set(stage.lab.script(BUILDS).out.split()) - set(images))
        assert built <= operators.builds_wished, f"{built} images of {operators.builds_wished} wishes"
        return {**killed, "builds wished": operators.builds_wished, "built": built}


def _kill(lab: LabProject, operators: Operators, chance: random.Random) -> Counter[str]:
    """Let an operator begin something, and kill it, its agent, or both, at some moment."""
    killed = Counter[str]()
    with operators.one() as child:
        _wait(lab, child, chance)
        for victim in chance.choice((("operator",), ("agent",), ("operator", "agent"), ("agent", "operator"))):
            if victim == "agent":
                agents = _agents(lab)
                lab.inside("kill", "-KILL", *agents, check=False)
                killed["agents killed"] += len(agents)
            elif child.poll() is None:
                child.kill()
                killed["operators killed"] += 1
    return killed


def _wait(lab: LabProject, child: subprocess.Popen[bytes], chance: random.Random) -> None:
    """Wait some time, most often until an agent is at work and then some more."""
    deadline = time.monotonic() + LONGEST
    while chance.random() < 0.95 and child.poll() is None and time.monotonic() < deadline:
        if _agents(lab):
            break
        time.sleep(0.1)
    time.sleep(chance.uniform(0.0, 2.5))


def _agents(lab: LabProject) -> list[str]:
    return lab.inside("pgrep", "-f", AGENT, check=False).out.split()


@contextmanager
def _watching_builds(lab: LabProject) -> Iterator[Counter[str]]:
    """Count, for every image, how many builds of it were ever seen at work at once."""
    most, over = Counter[str](), Event()

    def watch() -> None:
        while not over.wait(0.3):
            seen = lab.inside("pgrep", "-af", r"^\S*docker (buildx )?build ", check=False).out
            now = Counter(word for line in seen.splitlines() for word in line.split() if word.startswith("--tag="))
            for tag, count in now.items():
                most[tag] = max(most[tag], count)

    with ThreadPoolExecutor(1) as pool:
        watcher = pool.submit(watch)
        try:
            yield most
        finally:
            over.set()
    watcher.result()


def _is_sound(stage: Stage, before: Seen, rest: Seen, most: Counter[str]) -> None:
    assert max(most.values(), default=0) <= 1, f"built twice at once: {most}"
    assert rest.serving is not None
    assert max(rest.releases) >= max(before.releases)
    # An image that was pruned may have been built again, before this.
    again = {job: count for job, count in (_built(rest) - _built(before)).items() if count > 1}
    assert not again, f"a build was done twice: {again}"
    stage.reads()


def _built(seen: Seen) -> Counter[str]:
    """How often each job has built something."""
    return Counter(line["job"] for line in seen.raw["audit"] if line["outcome"] == "built")


def _goes_on(stage: Stage) -> None:
    """The same command once more does what was wished last, and then nothing."""
    stage.remote.tell("unpin")
    last = stage.lab.up()
    assert last.code == 0, last.out
    seen = stage.at_rest()
    again = stage.lab.up()
    assert again.code == 0, again.out
    after = stage.at_rest()
    assert (after.serving, after.deploys(), list(after.releases)) == (seen.serving, seen.deploys(), list(seen.releases))
    stage.reads()
