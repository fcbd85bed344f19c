"""`make lab-down`: removes what `make lab` made; other stacks, and what was there before, stay."""

from __future__ import annotations

import shutil

from lab.docker import find_docker, has_engine
from lab.edge import IMAGE as CONNECTOR
from lab.edge import lab_edge
from lab.engine import find_engine
from lab.environment import environment
from lab.keys import Keys
from lab.machine import LabHost, remove_images
from lab.places import Places
from lab.stack import NAME, Stack
from lab.steps import Steps, Tell


def down(places: Places, steps: Steps) -> None:
    """Remove host, disks, edge, the stack `lab`, and the lab's folder unless its backend holds another stack."""
    with steps.step("host") as tell:
        if has_engine():
            _remove_host(places, tell)
    with steps.step("stack") as tell:
        others = [name for name in stacks(places) if name != NAME]
        if others:
            _forget_stack(places, tell)
            tell(f"kept {places.state}: it holds the stack {others[0]}")
        else:
            places.stack_file.unlink(missing_ok=True)
            shutil.rmtree(places.lab, ignore_errors=True)


def stacks(places: Places) -> list[str]:
    """The stacks of the lab's backend, as its files name them: no engine is needed to look."""
    return sorted(path.stem for path in places.state.glob(".pulumi/stacks/*/*.json"))


def _remove_host(places: Places, tell: Tell) -> None:
    docker = find_docker(places, tell)
    host = LabHost("ocrfleet-lab", 0, Keys(places.host))
    if host.is_ours(docker):
        host.remove(docker, tell)
        lab_edge(places).remove(docker, tell)
        remove_images(docker, tell, CONNECTOR)
        tell("removed, with its disks and images")
    else:
        tell(f"kept {host.name}: it belongs to another checkout")


def _forget_stack(places: Places, tell: Tell) -> None:
    if NAME in stacks(places):
        Stack(places, environment(places, find_engine(places, tell))).forget(tell)
    places.stack_file.unlink(missing_ok=True)
    for folder in (places.host, places.cloudflare):
        shutil.rmtree(folder, ignore_errors=True)
