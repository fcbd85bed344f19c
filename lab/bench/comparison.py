"""The same job done by us, pyinfra, Ansible and plain ssh with Docker's client, in turns on one host.

The others build one image and run one container; ours also has a proxy, a gate and a record of it all. What is ours is
told less what an empty `pulumi up` costs, and together with it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from lab.bench.figures import tell, timed
from lab.bench.ground import Ground
from lab.bench.rivals import raw, tools
from lab.bench.rivals.door import Door
from lab.bench.rivals.job import Job
from ocrfleet.project import Project

Deploy = Callable[[Door, Job, Path], None]
TOOLS: dict[str, Deploy] = {"raw": raw.deploy, "pyinfra": tools.pyinfra, "ansible": tools.ansible}
SOURCE = Path("templates/lab/server/app.py")
# What a container is made with, as far as our flags say it.
SAME = ("ReadonlyRootfs", "CapDrop", "SecurityOpt", "PidsLimit", "Tmpfs", "LogConfig", "Init", "RestartPolicy")


@dataclass
class Times:
    """Seconds by kind of change and who made it, and what of ours was the gate."""

    all: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def median(self, kind: str, who: str) -> float:
        return median(self.all[kind, who])

    def host_work(self, kind: str) -> float:
        """Ours less what Pulumi itself takes."""
        return self.median(kind, "ours") - self.median("empty", "pulumi")


def measure(ground: Ground) -> None:
    """A no-op, one environment value, one source file."""
    tools.install(ground.project)
    door, times = Door.of(ground.project), Times()
    ground.deploy(engine__env={"NOTE": "compared"})
    jobs = {name: _job(ground, name) for name in TOOLS}
    for name, job in jobs.items():
        TOOLS[name](door, job, ground.folder / name)
    for number in range(ground.rounds):
        times.all["empty", "pulumi"].append(timed(lambda: ground.empty.up("--skip-preview")))
        _round(ground, times, jobs, f"{number}")
    _figures(times)


def _round(ground: Ground, times: Times, jobs: dict[str, Job], note: str) -> None:
    """Every kind of change once by everybody; what the others have afterwards is looked at."""
    door = Door.of(ground.project)
    _ours(ground, times, note)
    for name, job in jobs.items():
        for kind, wanted in (
            ("no-op", job),
            ("env", job.with_env(note)),
            ("source", job.with_env(note).with_source(note)),
        ):
            times.all[kind, name].append(timed(partial(TOOLS[name], door, wanted, ground.folder / name)))
            _must_be_done(ground, wanted)
        jobs[name] = job.with_env(note).with_source(note)


def _ours(ground: Ground, times: Times, note: str) -> None:
    times.all["no-op", "ours"].append(timed(lambda: ground.up("--skip-preview")))
    for kind in ("env", "source"):
        if kind == "source":
            path = ground.project.root / SOURCE
            path.write_text(path.read_text(encoding="utf-8") + f"\n# ours {note}\n", encoding="utf-8")
        env = {"NOTE": f"{note} {kind}"}
        times.all[kind, "ours"].append(timed(partial(ground.deploy, engine__env=env)))
        gate = ground.serving["gate"]
        times.all[kind, "gate"].append(
            gate["ready_seconds"] + max(gate["seconds"], ground.project.host.gate.healthy_seconds)
        )


def _figures(times: Times) -> None:
    _no_ops(times)
    _changes(times, "env", "one environment value")
    _changes(times, "source", "one source file, rebuilt", limit=1.3)


def _no_ops(times: Times) -> None:
    ours = times.host_work("no-op")
    for name, limit in (("pyinfra", 1.0), ("ansible", 0.25), ("raw", None)):
        theirs = times.median("no-op", name)
        apart = {"ours": ours, "theirs": theirs, "empty_up": times.median("empty", "pulumi")}
        together = times.median("no-op", "ours")
        what = f"our host work of a no-op / {name}'s no-op"
        tell(what, ours / theirs, limit=limit, **apart, ours_with_pulumi=together)


def _changes(times: Times, kind: str, of: str, *, limit: float | None = None) -> None:
    ours, gate = times.host_work(kind), times.median(kind, "gate")
    theirs = {name: times.median(kind, name) for name in TOOLS}
    what = f"change of {of}: our host work / (ssh and Docker's client, and our gate)"
    together = times.median(kind, "ours")
    tell(what, ours / (theirs["raw"] + gate), limit=limit, ours=ours, gate=gate, ours_with_pulumi=together, **theirs)


def _job(ground: Ground, name: str) -> Job:
    return Job.of(Project(ground.project.root), ground.project.host, name=f"rival-{name}")


def _must_be_done(ground: Ground, job: Job) -> None:
    """What a tool made is the container of the job, with the same flags as the one that Docker's client makes."""
    made, model = (_inspected(ground, name) for name in (job.name, "rival-raw"))
    env = [f"{name}={value}" for name, value in job.env.items()]
    good = made["Config"]["Labels"].get("job") == job.mark and set(env) <= set(made["Config"]["Env"])
    differs = [name for name in SAME if made["HostConfig"][name] != model["HostConfig"][name]]
    if not (good and made["State"]["Running"]) or differs:
        raise SystemExit(f"{job.name} did not do the job: {made['State']}, {made['Config']}, other flags: {differs}")


def _inspected(ground: Ground, name: str) -> Any:
    return json.loads(ground.project.inside("docker", "inspect", name).out)[0]
