"""What our own changes cost beside an empty `pulumi up`."""

from __future__ import annotations

import re
import subprocess
from functools import partial
from statistics import median

from lab.bench.figures import tell, timed
from lab.bench.ground import MIN_HEALTHY, Ground


def measure(ground: Ground) -> None:
    """A no-op with and without preview, its connections, a change of one value, and a rollback."""
    _no_op(ground, "no-op up --skip-preview / empty", ["--skip-preview"], limit=1.5)
    _no_op(ground, "plain no-op up / empty plain", [], limit=2.0)
    _connections(ground)
    _change(ground)
    _rollback(ground)


def _no_op(ground: Ground, name: str, words: list[str], *, limit: float) -> None:
    ours, empty = [], []
    for _ in range(ground.rounds):
        empty.append(timed(lambda: ground.empty.up(*words)))
        ours.append(timed(lambda: ground.up(*words)))
    tell(name, median(ours) / median(empty), limit=limit, ours=median(ours), empty=median(empty))


def _connections(ground: Ground) -> None:
    """Count logins during one plain `up`, which starts the provider twice."""
    before = _logins(ground)
    ground.up()
    tell("SSH connections per provider process", (_logins(ground) - before) / 2, limit=1)


def _change(ground: Ground) -> None:
    """Change one environment value; what the candidate itself needs is not ours."""
    own, empty = [], []
    for number in range(ground.rounds):
        empty.append(timed(lambda: ground.empty.up("--skip-preview")))
        total = timed(partial(ground.deploy, engine__env={"NOTE": str(number)}))
        own.append(total - ground.serving["ready_seconds"] - MIN_HEALTHY)
    value = median(own) - median(empty)
    tell("change of one environment value, less start, healthy time and an empty up, s", value, limit=4)


def _rollback(ground: Ground) -> None:
    own = []
    for number in range(ground.rounds):
        ground.deploy(engine__env={"NOTE": f"before rollback {number}"})
        total = timed(lambda: ground.project.remote.rollback(None, lambda _: None))
        own.append(total - ground.serving["ready_seconds"] - MIN_HEALTHY)
        ground.project.remote.tell("unpin")
    tell("rollback on the host, less restart and healthy time, s", median(own), limit=3)


def _logins(ground: Ground) -> int:
    argv = [*ground.project.docker, "logs", ground.project.container]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    return len(re.findall("Accepted publickey", done.stdout + done.stderr))
