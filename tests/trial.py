"""A prepared lab host and a project for it, for whatever has to be tried on a real one."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.docker import find_docker, running
from lab.keys import Keys
from lab.machine import LabHost
from lab.places import ROOT, Places
from lab.project import LabProject
from lab.shell import succeeds
from ocrfleet.operate.bootstrap import prepare

TEMPLATES = Path(__file__).parent / "host" / "templates"
# A prune takes an image that no release runs for one of long ago, unless the lock of its build says otherwise.
AS_IF_BUILT = r"""
cd /var/lib/ocrfleet && mkdir -p build
docker images --format '{{.Repository}}:{{.Tag}}' |
sed -n 's|^ocrfleet/[^:]*:\([0-9a-f]*\)$|build/\1.lock|p' | xargs touch
chown -R ocr: build
"""

TOOLS = {"Pulumi engine": lambda: succeeds(["pulumi", "version"]), "Docker engine": running}


def missing_tools(*tools: str) -> list[str]:
    """Which of these tools this machine has not."""
    return [name for name in tools if not TOOLS[name]()]


@contextmanager
def trial(folder: Path, shared: Path) -> Iterator[LabProject]:
    """Make a host and a project in `folder`; remove the host afterwards unless KEEP_LAB is set.

    Trials with the same `shared` folder take turns at what is heavy, and only the first of them builds images.
    """
    docker = find_docker(Places(), lambda _: None)
    host = LabHost(f"ocrfleet-test-{os.getpid()}", _free_port(), Keys(folder / "keys"))
    try:
        with _alone(shared):
            host.ensure(docker, lambda _: None)
        place = {"port": host.port, "keys": folder / "keys", "container": host.name, "docker": docker.words}
        made = LabProject.make(folder / "project", name="trial", template="faulty", **place)
        _add_templates(made)
        prepare(made.remote, made.host, lambda _: None)
        with _alone(shared):
            _share_images(made, shared / "images.tar")
        yield made
    finally:
        if "KEEP_LAB" not in os.environ:
            host.remove(docker, lambda _: None)


@contextmanager
def _alone(shared: Path) -> Iterator[None]:
    """Keep the other trials waiting."""
    with (shared / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _share_images(project: LabProject, archive: Path) -> None:
    """Build the images on the first host and load them on the others."""
    if archive.exists():
        with archive.open("rb") as source:
            load = [*project.docker, "exec", "-i", project.container, "docker", "load", "--quiet"]
            subprocess.run(load, check=True, stdin=source, capture_output=True)
        project.script(AS_IF_BUILT)
        return
    project.deploy(build__template="lab")
    project.deploy(build__template="faulty")
    project.clean()
    names = project.script("docker images --format '{{.Repository}}:{{.Tag}}' | grep ^ocrfleet/").out.split()
    with archive.with_suffix(".part").open("wb") as target:
        save = [*project.docker, "exec", project.container, "docker", "save", *names]
        subprocess.run(save, check=True, stdout=target)
    archive.with_suffix(".part").rename(archive)


def _add_templates(project: LabProject) -> None:
    """Put engines that go wrong beside the lab's; the good text is the golden page's."""
    golden = (ROOT / "templates" / "_gate" / "invoice" / "page.txt").read_text(encoding="utf-8")
    templates = project.root / "templates"
    shutil.copytree(templates / "lab", templates / "faulty")
    for name in ("faulty", "unbuildable"):
        shutil.copytree(TEMPLATES / name, templates / name, dirs_exist_ok=True)
    (templates / "faulty" / "server" / "golden.txt").write_text(golden, encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port: int = plug.getsockname()[1]
        return port
