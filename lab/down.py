"""`make lab-down`: removes what `make lab` made; other stacks, and what was there before, stay."""

from __future__ import annotations

import shutil

from lab.docker import find_docker
from lab.engine import find_engine
from lab.environment import environment, prepare
from lab.keys import Keys
from lab.machine import LabHost
from lab.places import Places
from lab.stack import NAME, Stack
from lab.steps import Steps


def down(places: Places, steps: Steps) -> None:
    """Remove the host with its disks, the stack `lab`, and the lab's folder unless its backend holds another stack."""
    with steps.step("host") as tell:
        LabHost("ocrfleet-lab", 0, Keys(places.host)).remove(find_docker(places, tell), tell)
        tell("removed, with its disks")
    if not places.lab.exists():
        return
    with steps.step("stack") as tell:
        prepare(places)
        stack = Stack(places, environment(places, find_engine(places, tell)))
        if NAME in stack.names(tell):
            stack.forget(tell)
        others = stack.names(tell)
        tell("removed, with its secrets")
        places.stack_file.unlink(missing_ok=True)
        if others:
            tell(f"kept {places.state}: it holds the stack {others[0]}")
            shutil.rmtree(places.host, ignore_errors=True)
        else:
            shutil.rmtree(places.lab)
