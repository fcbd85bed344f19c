"""Disks that are full: the one with what the agent knows, and the one on which Docker keeps everything it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.project import GUARD, LabProject
from ocrfleet.commands.containers import HOME
from ocrfleet.remote import Remote
from tests.faults.matrix.scene import Fault, Scene, Strike
from tests.faults.onhost.stage import Stage

DOCKER, DOCKER_DISK = "/var/lib/docker", Path(__file__).with_name("docker_disk.sh")
# What the small disks have beside what is there already, and what is left of them when they are full; in KiB.
HOME_ROOM, DOCKER_ROOM, LEFT = 2048, 128 * 1024, (0, 16, 64)
MOVE_SECONDS = 180


def _fill(folder: str) -> Strike:
    def strike(scene: Scene) -> None:
        left = scene.chance.choice(LEFT)
        scene.lab.script(f"cat /dev/zero >{folder}/filler; truncate -s -{left}K {folder}/filler; true")
        scene.go_on()
        scene.outcome()
        scene.lab.inside("rm", "-f", f"{folder}/filler")

    return strike


@contextmanager
def _small_home(stage: Stage) -> Iterator[Remote]:
    """Keep what the agent knows on a disk of its own."""
    _move_home(stage, f"mount -t tmpfs -o size=$(($(du -sk {HOME} | cut -f1) + {HOME_ROOM}))k,mode=700 tmpfs {HOME}")
    try:
        yield stage.lab.remote
    finally:
        _move_home(stage, f"rm -f {HOME}/filler; umount --lazy {HOME}; find {HOME} -mindepth 1 -delete")


def _move_home(stage: Stage, how: str) -> None:
    """Put another disk under the agent's folder, with what was there."""
    with _nobody_at_work(stage.lab):
        stage.lab.script(
            f"set -e; rm -rf /root/home; cp -a {HOME} /root/home; {how}; cp -a /root/home/. {HOME}/; rm -rf /root/home;"
            " docker ps --quiet --filter label=ocrfleet.part=proxy | xargs --no-run-if-empty docker restart"
        )


@contextmanager
def _small_docker(stage: Stage) -> Iterator[Remote]:
    """Keep what Docker has on a disk of its own: images, containers, networks."""
    _move_docker(stage, "small", str(DOCKER_ROOM))
    try:
        yield stage.lab.remote
    finally:
        _move_docker(stage, "large")


def _move_docker(stage: Stage, *words: str) -> None:
    """Put another disk under Docker's folder, and wait until what served before serves again."""
    with _nobody_at_work(stage.lab):
        script = DOCKER_DISK.read_text(encoding="utf-8")
        stage.lab.inside("timeout", str(MOVE_SECONDS), "sh", "-c", script, "sh", *words)
    stage.at_rest()
    stage.reads()


@contextmanager
def _nobody_at_work(lab: LabProject) -> Iterator[None]:
    lab.inside("mv", "/etc/ocrfleet/guard", "/etc/ocrfleet/guard.off")
    lab.signal("TERM", GUARD, check=False)
    try:
        yield
    finally:
        lab.inside("mv", "/etc/ocrfleet/guard.off", "/etc/ocrfleet/guard")


FAULTS = (
    Fault("disk-full", _fill(HOME), frozenset({0, 20}), _small_home),
    Fault("docker-full", _fill(DOCKER), frozenset({0, 20}), _small_docker),
)
