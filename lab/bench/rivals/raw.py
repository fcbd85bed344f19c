"""The job with nothing but ssh and Docker's client: look, and change what is not as wanted, in one connection each."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

from lab.bench.rivals.door import Door
from lab.bench.rivals.job import Job

BUILD = ["env", "DOCKER_BUILDKIT=1", "docker", "build", "--quiet"]


def deploy(door: Door, job: Job, _folder: Path) -> None:
    """Build when the context is another one, and replace the container when anything is."""
    look = ["docker", "inspect", "--format={{json .Config.Labels}}", job.name]
    done = subprocess.run([*door.ssh, shlex.join(look)], check=False, capture_output=True, text=True)
    there = json.loads(done.stdout) if done.returncode == 0 else {}
    if there.get("job") == job.mark:
        return
    steps = [["docker", "rm", "--force", job.name], job.create]
    if there.get("content") != job.content:
        steps.insert(0, [*BUILD, f"--tag={job.image}", "-"])
    script = " && ".join(shlex.join(step) for step in steps)
    # The build reads the context; Docker's other commands read nothing.
    subprocess.run([*door.ssh, script], check=True, input=job.context, capture_output=True)
