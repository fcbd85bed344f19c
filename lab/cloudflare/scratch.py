"""A Pulumi project of its own with nothing but an edge, on the emulator."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.cloudflare.place import TOKEN, Place, place
from lab.cloudflare.server import serving
from lab.places import ROOT
from lab.plugins.install import install
from lab.shell import Ran

PROGRAM = """\
import gc

gc.disable()

import pulumi

from ocrfleet.edge import wanted_edge
from ocrfleet.project import Project
from ocrfleet.spec import load_host

edge = wanted_edge(load_host(Project.find(), pulumi.get_stack()))
if edge:
    from ocrfleet.stack.edge import Edge

    for name, value in Edge(edge, after=[]).exports.items():
        pulumi.export(name, value)
"""
TWO = {
    "zone": "example.org",
    "team": "example",
    "hostnames": {
        "deepseek.example.org": {"audience": ["page-worker"]},
        "ollama.example.org": {
            "service": "http://127.0.0.1:11434",
            "paths": ["/api/chat"],
            "audience": ["page-worker", "chat-worker"],
        },
    },
}


@dataclass
class Scratch:
    """The project, and the account its edge is in."""

    root: Path
    at: Place
    url: str
    secrets: Mapping[str, Any] | None = None  # where the host file says that they are kept

    def write(self, edge: Mapping[str, Any] | None) -> None:
        """Write the host file with this edge."""
        raw = yaml.safe_load((ROOT / "hosts" / "lab.yaml").read_text(encoding="utf-8"))
        raw["waivers"]["host-network-connector"] = "something listens on the loopback only"
        del raw["edge"]
        more = {"edge": edge and dict(edge), "secrets": self.secrets and dict(self.secrets)}
        text = yaml.safe_dump({**raw, **{name: one for name, one in more.items() if one}})
        (self.root / "hosts" / "lab.yaml").write_text(text, encoding="utf-8")

    def up(self, edge: Mapping[str, Any] | None, *words: str) -> list[str]:
        """Deploy this edge; return every call that changed something."""
        self.write(edge)
        before = len(self.at.api.writes)
        ran = self.pulumi("up", "--yes", "--skip-preview", "--stack=lab", *words)
        assert ran.code == 0, ran.out
        return self.at.api.writes[before:]

    def destroy(self) -> list[str]:
        """Take all of it away; return every call that changed something."""
        before = len(self.at.api.writes)
        ran = self.pulumi("destroy", "--yes", "--skip-preview", "--stack=lab")
        assert ran.code == 0, ran.out
        return self.at.api.writes[before:]

    def exported(self) -> Any:
        """The stack's state."""
        return json.loads(self.pulumi("stack", "export", "--stack=lab").out)

    def pulumi(self, *words: str) -> Ran:
        """Run the real engine."""
        return self._run("pulumi", *words, "--non-interactive")

    def ocrfleet(self, *words: str) -> Ran:
        """Run our own command."""
        return self._run(str(Path(sys.executable).parent / "ocrfleet"), *words)

    def _run(self, *argv: str) -> Ran:
        return Ran.of(argv, cwd=self.root, env=self.env)

    @property
    def env(self) -> dict[str, str]:
        """The account's address and token, and a home with the stand-in for the plugin."""
        mine = {
            "PULUMI_BACKEND_URL": f"file://{self.root}/state",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_HOME": str(self.root / "home"),
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "CLOUDFLARE_BASE_URL": self.url,
        }
        kept = {name: value for name, value in os.environ.items() if name != "PULUMI_CONFIG_PASSPHRASE_FILE"}
        return {**kept, **mine}


@contextmanager
def scratch(root: Path) -> Iterator[Scratch]:
    """Lay the project out and make its stack."""
    for folder in ("hosts", "infra", "state"):
        (root / folder).mkdir()
    (root / "Pulumi.yaml").write_text("name: scratch\nruntime: python\nmain: infra/\n", encoding="utf-8")
    (root / "infra" / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    install(root / "home")
    at = place()
    with serving(at.api) as served:
        made = Scratch(root, at, served.url)
        made.write(None)
        ran = made.pulumi("stack", "init", "lab")
        assert ran.code == 0, ran.out
        yield made
    shutil.rmtree(root / "home", ignore_errors=True)
