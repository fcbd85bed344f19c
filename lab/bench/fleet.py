"""What eight hosts cost beside one: `ocrfleet status`, no-op `pulumi up`s, and the memory of a provider process."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median

from lab.bench.figures import tell, timed
from lab.bench.ground import Ground, lab_project
from lab.bench.memory import peak_of
from lab.project import LabProject

HOSTS = 8
STATUS_LIMIT, UPS_LIMIT, MEMORY_LIMIT = 2.5, 6.0, 120.0
PROVIDER = "ocrfleet.provider"


def measure(ground: Ground) -> None:
    """One host against eight, each a lab host with an engine of its own: they share this machine's cores with us."""
    _memory(ground)
    with ExitStack() as stack:
        names = [f"{ground.project.name}-{number}" for number in range(2, HOSTS + 1)]
        others = [stack.enter_context(lab_project(ground.folder / name, ground.docker, name=name)) for name in names]
        for other in others:
            _share_images(ground.project, other)
            other.deploy()
            shutil.copy(other.root / "hosts" / f"{other.name}.yaml", ground.project.root / "hosts")
        try:
            _status(ground, names)
            _ups(ground, others)
        finally:
            for name in names:
                (ground.project.root / "hosts" / f"{name}.yaml").unlink(missing_ok=True)


def _memory(ground: Ground) -> None:
    """The most that a provider held in a no-op and in a change with its build."""
    with peak_of(PROVIDER) as idle:
        ground.up()
    source = ground.project.root / "templates" / "lab" / "server" / "app.py"
    source.write_text(source.read_text(encoding="utf-8") + "\n# measured\n", encoding="utf-8")
    with peak_of(PROVIDER) as busy:
        ground.deploy(engine__env={"NOTE": "memory"})
    value = max(idle.mib, busy.mib)
    tell("peak memory of a provider process, MiB", value, limit=MEMORY_LIMIT, no_op=idle.mib, rebuild=busy.mib)


def _status(ground: Ground, others: Sequence[str]) -> None:
    def ask(*names: str) -> None:
        ran = ground.project.ocrfleet("status", *names, "--json")
        if ran.code:
            raise SystemExit(ran.out)

    one, all_ = _in_turns(ground.rounds, lambda: ask(ground.project.name), lambda: ask(ground.project.name, *others))
    tell(f"ocrfleet status of {HOSTS} hosts / of 1", all_ / one, limit=STATUS_LIMIT, one=one, all=all_, **_machine())


def _ups(ground: Ground, others: Sequence[LabProject]) -> None:
    every = [ground.project, *others]

    def side_by_side() -> None:
        with ThreadPoolExecutor(HOSTS) as pool:
            list(pool.map(_no_op, every))

    one, all_ = _in_turns(ground.rounds, lambda: _no_op(ground.project), side_by_side)
    what = f"{HOSTS} no-op ups side by side / 1"
    tell(what, all_ / one, limit=UPS_LIMIT, one=one, all=all_, **_machine())


def _no_op(project: LabProject) -> None:
    project.pulumi("up", f"--stack={project.name}", "--yes", "--skip-preview", "--expect-no-changes")


def _in_turns(rounds: int, *works: Callable[[], None]) -> list[float]:
    """The median of each, measured in turns."""
    times = [[timed(work) for work in works] for _ in range(rounds)]
    return [median(column) for column in zip(*times, strict=True)]


def _machine() -> dict[str, str]:
    """What everything ran on, hosts included."""
    return {"on": f"{os.cpu_count()} cores for us and all hosts, each a lab host with its own engine"}


def _share_images(source: LabProject, target: LabProject) -> None:
    """Load what was built on one host on another one, under that one's names, so that nothing is built eight times."""
    mine, theirs = f"ocrfleet/{source.name}-", f"ocrfleet/{target.name}-"
    listed = source.script(f"docker images --format '{{{{.Repository}}}}:{{{{.Tag}}}}' | grep '^{mine}'").out.split()
    save = [*source.docker, "exec", source.container, "docker", "save", *listed]
    load = [*target.docker, "exec", "-i", target.container, "docker", "load", "--quiet"]
    with subprocess.Popen(save, stdout=subprocess.PIPE) as saving:
        subprocess.run(load, check=True, stdin=saving.stdout, capture_output=True)
    for name in listed:
        target.inside("docker", "tag", name, name.replace(mine, theirs, 1))
