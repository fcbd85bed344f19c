"""`make lab`: gets what is missing and ends with a host deployed and a page read."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from lab.docker import Docker, ensure_commands, find_docker
from lab.edge import lab_edge
from lab.engine import find_engine
from lab.environment import environment, prepare
from lab.keys import Keys
from lab.machine import LabHost
from lab.places import Places
from lab.public import Caller
from lab.stack import Stack
from lab.steps import Steps
from ocrfleet.cloudflare import connect as cloudflare
from ocrfleet.edge.credential import Credential, credentials_of
from ocrfleet.operate.bootstrap import prepare as bootstrap
from ocrfleet.operate.keeping import store_of
from ocrfleet.operate.public import edge_of
from ocrfleet.operate.rotating import Rotating
from ocrfleet.project import Project
from ocrfleet.reading import Asking, PageText, pictures, read_pages
from ocrfleet.remote import Remote, Target, connect
from ocrfleet.spec import HostSpec, load_host

SAMPLE = "samples/invoice.pdf"
NEXT = """\

To try next, in a shell with  eval "$(make -s env)":
  ocrfleet status lab
  ocrfleet verify lab
  ocrfleet read lab some.pdf
  ocrfleet edge audit
"""


def up(places: Places, steps: Steps) -> None:
    """Run every step; each finds what an earlier run left and goes on from there."""
    env, docker = tools(places, steps)
    os.environ.update(env)
    host = load_host(Project(places.root), "lab")
    machine, edge = LabHost("ocrfleet-lab", host.ssh.port, Keys(places.host)), lab_edge(places)
    with steps.step("host") as tell:
        machine.ensure(docker, tell)
    with steps.step("edge") as tell:
        edge.ensure(docker, machine.name, tell)
        machine.load(docker, edge.image, tell)
    remote = connect(Project(places.root), Target.of(host))
    with steps.step("bootstrap") as tell:
        bootstrap(remote, host, tell)
    with steps.step("pulumi up") as tell:
        stack = Stack(places, env)
        key = stack.ensure(tell)
        stack.unlock(tell)
        stack.up(tell)
    door = edge_of(host).doors[0]
    with steps.step(f"read {SAMPLE} through {door.hostname}"):
        caller = Caller(edge.url, door.hostname, _credential(places, host, remote, door.audience[0]), key)
        pages = list(read_pages(caller, host, pictures(places.root / SAMPLE), Asking(parallel=2)))
    _show(pages, remote, host, steps)


def _credential(places: Places, host: HostSpec, remote: Remote, consumer: str) -> Credential:
    """What a consumer shows; it gets one where it has none yet."""
    project = Project(places.root)
    store = store_of(project, host)
    list(Rotating(project, host, remote, store).hand_out(cloudflare()))
    return credentials_of(store.read(), host.name, [consumer])[consumer]


def tools(places: Places, steps: Steps) -> tuple[Mapping[str, str], Docker]:
    """Get a Pulumi engine, a Docker engine and an SSH client."""
    with steps.step("Pulumi engine") as tell:
        engine = find_engine(places, tell)
        tell(engine.way)
    with steps.step("Docker engine") as tell:
        docker = find_docker(places, tell)
        ensure_commands({"ssh": "openssh-client"}, tell)
        tell(docker.way)
    prepare(places)
    return environment(places, engine), docker


def _show(pages: list[PageText], remote: Remote, host: HostSpec, steps: Steps) -> None:
    serving = remote.facts().serving or {}
    for page in pages:
        print(page.text)
    ready, read = serving.get("ready_seconds"), sum(page.seconds for page in pages)
    total = time.monotonic() - steps.begun
    print(f"\nrelease {serving.get('release')} of {host.name}, ready {ready} s after its start; read in {read:.1f} s")
    print(f"all steps took {total:.0f} s")
    print(NEXT)
