"""The other tools, in an environment of their own: our pins and theirs do not meet."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lab.bench.rivals.door import Door
from lab.bench.rivals.job import NETWORK, Job
from lab.places import ROOT, Places
from lab.project import LabProject
from lab.shell import run

HERE = Path(__file__).parent
# The job is the same every time, so nothing may be asked at a terminal; pipelining is what its manual advises.
ANSIBLE = {"ANSIBLE_PIPELINING": "1", "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_NOCOWS": "1"}


def place() -> Path:
    """The tools' environment."""
    return Places().lab / "rivals"


def install(project: LabProject) -> None:
    """Get the tools, what Ansible's Docker modules need on the host, and a network like ours."""
    env = {"UV_PROJECT_ENVIRONMENT": str(place())}
    uv = os.environ.get("UV", "uv")
    run([uv, "sync", "--only-group=bench", "--locked", "--quiet"], lambda _: None, env=env, cwd=ROOT)
    project.script("apt-get update -qq && apt-get install -qq --yes --no-install-recommends python3-requests")
    project.inside("docker", "network", "create", "--internal", NETWORK)


def pyinfra(door: Door, job: Job, folder: Path) -> None:
    """Run the deploy."""
    about = job.write(folder)
    words = [str(place() / "bin/pyinfra"), "-y", str(door.for_pyinfra(folder)), str(HERE / "deploy.py")]
    _run([*words, f"--data=job={about}"], {})


def ansible(door: Door, job: Job, folder: Path) -> None:
    """Run the playbook."""
    about = job.write(folder)
    words = [str(place() / "bin/ansible-playbook"), f"--inventory={door.for_ansible(folder)}", f"--extra-vars=@{about}"]
    _run([*words, str(HERE / "playbook.yml")], ANSIBLE)


def _run(argv: list[str], env: dict[str, str]) -> None:
    path = f"{place() / 'bin'}:{os.environ.get('PATH', '')}"
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env={**os.environ, **env, "PATH": path})
    if done.returncode:
        raise SystemExit(f"{argv[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
