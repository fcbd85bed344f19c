"""What a host tells about itself, for tests."""

import hashlib
from pathlib import Path
from typing import Any

from ocrfleet.agent.names import digest, settings
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.service import wanted_of
from ocrfleet.project import Project
from ocrfleet.render import render
from ocrfleet.spec import load_host
from tests.unit.spec.files import ROOT

SERVICE = render(Project(ROOT), load_host(Project(ROOT), "lab")).service
WANTED = wanted_of(SERVICE, ("sha256:engine", "sha256:proxy"), {"api-key": "v1"})
SERVING = {
    "release": 3,
    "container": "ocrfleet-lab-3",
    "image": "sha256:engine",
    "since": 1000.0,
    "digest": digest(WANTED),
    "strategy": "start-first",
}
OUTLOOK: dict[str, Any] = {
    "refused": None,
    "peak_gib": None,
    "disk": {"free_gib": 80.0, "floor_gib": 5.0, "image_gib": 6.0, "model_gib": 0.0},
    "kept": [2, 3],
    "going": [1],
}
PAGE = "templates/_gate/invoice/page.png"
ROOMY, TIGHT = ({"free_gib": free, "kind": "system"} for free in (64.0, 0.6))


def page(digest: str) -> bytes:
    """The picture of the golden page, which is in none of the texts of a service."""
    content = (ROOT / PAGE).read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest
    return content


def with_page(folder: Path) -> Project:
    """A project that has the golden page and nothing else."""
    (folder / PAGE).parent.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_bytes((ROOT / PAGE).read_bytes())
    return Project(folder)


def told(**changes: Any) -> dict[str, Any]:
    """An answer of the agent's verb `facts`: a healthy host on which nothing serves, but for the changes."""
    usual = {
        "arch": "amd64",
        "now": 1_700_000_000.0,
        "owner": None,
        "guard_alive": True,
        "memory": ROOMY,
        "disk_free_gib": 100.0,
        "models": {},
        "job": None,
        "serving": None,
        "previous": None,
        "settings": settings(WANTED),
        "pinned": None,
        "stopped": False,
        "outages": [],
        "proxy_outages": [],
        "ready": [],
        "docker": None,
        "images": {},
        "drift": [],
    }
    return {**usual, **changes}


def facts(**changes: Any) -> Facts:
    return Facts.parse(told(**changes))
