"""Finds a Docker engine, or installs and starts one."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass

from lab.places import Places
from lab.shell import LabError, as_root, run, succeeds
from lab.steps import Tell

START_SECONDS = 60.0
# Debian and Ubuntu put theirs here; another client may come first on PATH.
DEBIAN_CLIENT = "/usr/bin/docker"


@dataclass(frozen=True)
class Docker:
    """How to call the client (with sudo where the user may not reach the engine), and where the engine came from."""

    words: tuple[str, ...]
    way: str

    def __call__(self, *argv: str) -> list[str]:
        return [*self.words, *argv]


def find_docker(places: Places, tell: Tell) -> Docker:
    """Return a running engine: one that runs already, else one we install and start."""
    found = running()
    if found:
        return Docker(found, "an engine that runs already")
    if not _daemon():
        tell("installing docker.io")
        run(as_root("apt-get", "update", "-qq"), tell)
        run(as_root("apt-get", "install", "-y", "-qq", "--no-install-recommends", "docker.io", "iptables"), tell)
    _start(places, tell)
    return Docker(_wait(), "an engine started here")


def ensure_commands(commands: dict[str, str], tell: Tell) -> None:
    """Install the packages of commands that are missing."""
    missing = sorted({package for command, package in commands.items() if not shutil.which(command)})
    if missing:
        tell(f"installing {', '.join(missing)}")
        run(as_root("apt-get", "update", "-qq"), tell)
        run(as_root("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing), tell)


def has_engine() -> bool:
    """Whether there is an engine on this machine, running or not."""
    return bool(running() or _daemon())


def running() -> tuple[str, ...] | None:
    """How to call the client of an engine that runs; None where none does."""
    for words in (("docker",), (DEBIAN_CLIENT,), ("sudo", "-n", "docker")):
        if succeeds([*words, "info"], seconds=20):
            return words
    return None


def _daemon() -> str | None:
    return shutil.which("dockerd", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin:/usr/local/bin")


def _start(places: Places, tell: Tell) -> None:
    if succeeds(as_root("systemctl", "start", "docker")):
        return
    tell("starting dockerd")
    places.lab.mkdir(exist_ok=True)
    with (places.lab / "dockerd.log").open("w", encoding="utf-8") as log:
        # A session of its own: the engine stays when the terminal goes.
        subprocess.Popen(
            as_root("dockerd", "--storage-driver=overlay2"), stdout=log, stderr=log, start_new_session=True
        )


def _wait() -> tuple[str, ...]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = running()
        if found:
            return found
        time.sleep(0.5)
    raise LabError("the Docker engine did not start within a minute; .lab/dockerd.log says why")
