"""Measures what a deploy costs: one JSON line per figure, medians of interleaved runs, ratios within one run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from lab.docker import Docker, find_docker
from lab.empty import EmptyProject
from lab.keys import Keys
from lab.machine import LabHost
from lab.places import Places
from lab.project import LabProject
from ocrfleet.operate.bootstrap import prepare

ROUNDS, SWAPS, PROBES = 5, 3, 500
PORT, MIN_HEALTHY = 22023, 12
PROBER = Path(__file__).with_name("prober.py")


def main() -> None:
    """Measure on a lab host made for it, and remove that host."""
    with tempfile.TemporaryDirectory(prefix="ocrfleet-bench-") as folder, _project(Path(folder)) as project:
        empty = EmptyProject.make(Path(folder) / "empty", project.env)
        _tell(what="deploying the lab's engine", value=_timed(lambda: _good(project)), unit="s")
        _no_op(project, empty, skip=True, limit=1.5)
        _no_op(project, empty, skip=False, limit=2.0)
        _connections(project)
        _change(project, empty)
        _rollback(project)
        _outage(project)


def _no_op(project: LabProject, empty: EmptyProject, *, skip: bool, limit: float) -> None:
    words = ["--skip-preview"] if skip else []
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(_timed(lambda: empty.up(*words)))
        ours.append(_timed(lambda: project.pulumi("up", f"--stack={project.name}", "--yes", *words)))
    name = "no-op up --skip-preview / empty" if skip else "plain no-op up / empty plain"
    _tell(what=name, value=median(ours) / median(theirs), limit=limit, ours=median(ours), empty=median(theirs))


def _connections(project: LabProject) -> None:
    """Count logins during one plain `up`, which starts the provider twice."""
    before = _logins(project)
    project.pulumi("up", f"--stack={project.name}", "--yes")
    _tell(what="SSH connections per provider process", value=(_logins(project) - before) / 2, limit=1)


def _change(project: LabProject, empty: EmptyProject) -> None:
    """Change one environment value; what the candidate itself needs is not ours."""
    own, base = [], []
    for number in range(ROUNDS):
        base.append(_timed(lambda: empty.up("--skip-preview")))
        total = _timed(partial(_good, project, engine__env={"NOTE": str(number)}))
        own.append(total - _ready(project) - MIN_HEALTHY)
    value = median(own) - median(base)
    _tell(
        what="change of one environment value, less start, healthy time and an empty up", value=value, limit=4, unit="s"
    )


def _rollback(project: LabProject) -> None:
    own = []
    for number in range(ROUNDS):
        _good(project, engine__env={"NOTE": f"before rollback {number}"})
        total = _timed(lambda: project.remote.rollback(None, lambda _: None))
        own.append(total - _ready(project) - MIN_HEALTHY)
        project.remote.tell("unpin")
    _tell(what="rollback on the host, less restart and healthy time", value=median(own), limit=3, unit="s")


def _outage(project: LabProject) -> None:
    """Probe from inside the host while releases follow each other start-first."""
    seconds = SWAPS * (MIN_HEALTHY + 20)
    words = [*project.docker, "exec", "-i", "-u", "ocr", project.container, "python3", "-", str(seconds), "8000"]
    with (
        PROBER.open("rb") as source,
        subprocess.Popen(words, stdin=source, stdout=subprocess.PIPE, text=True) as prober,
    ):
        for number in range(SWAPS):
            _good(project, engine__env={"NOTE": f"swap {number}"}, cutover__strategy="start-first")
        covered = prober.poll() is None
        seen = json.loads(prober.communicate()[0])
    if not covered or seen["sent"] < PROBES:
        raise SystemExit(f"the probes do not cover {SWAPS} swaps: {seen}")
    _tell(what=f"failed requests at 20 Hz during {SWAPS} start-first swaps", value=seen["failed"], limit=0, **seen)


def _good(project: LabProject, **changes: object) -> None:
    ran = project.up(gate__healthy_seconds=MIN_HEALTHY, **changes)
    if ran.code:
        raise SystemExit(ran.out)


def _ready(project: LabProject) -> float:
    """How long the serving release's engine took from start to ready, as its gate measured."""
    serving = project.remote.facts().serving or {}
    seconds: float = serving["ready_seconds"]
    return seconds


def _logins(project: LabProject) -> int:
    done = subprocess.run([*project.docker, "logs", project.container], check=False, capture_output=True, text=True)
    return len(re.findall("Accepted publickey", done.stdout + done.stderr))


def _timed(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def _tell(**figure: object) -> None:
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in figure.items()}
    limit, value = figure.get("limit"), figure["value"]
    met = {} if limit is None else {"met": float(str(value)) <= float(str(limit))}
    sys.stdout.write(json.dumps({**rounded, **met}) + "\n")
    sys.stdout.flush()


@contextmanager
def _project(folder: Path) -> Iterator[LabProject]:
    docker: Docker = find_docker(Places(), lambda _: None)
    host = LabHost(f"ocrfleet-bench-{os.getpid()}", PORT, Keys(folder / "keys"))
    try:
        host.ensure(docker, lambda _: None)
        place = {"port": PORT, "keys": folder / "keys", "container": host.name, "docker": docker.words}
        project = LabProject.make(folder / "project", name="bench", **place)
        prepare(project.remote, project.host, lambda _: None)
        yield project
    finally:
        host.remove(docker, lambda _: None)


if __name__ == "__main__":
    main()
