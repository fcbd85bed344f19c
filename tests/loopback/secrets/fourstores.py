"""A project whose host describes all four stores, and each of them within reach."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ocrfleet.project import Project
from ocrfleet.secrets import cloud
from tests.loopback.secrets.escdouble import ENVIRONMENT, TOKEN, Esc, serving
from tests.unit.spec.files import with_values

STORES = ("config", "age", "esc", "env")
VARIABLE = "OCRFLEET_SECRET_API_KEY"
# A program called pulumi: it keeps what it is given on standard input, or fails and repeats it.
PULUMI = """\
#!{python} -IS
import json, pathlib, sys
kept = pathlib.Path("{folder}/kept.json")
words, given = [word for word in sys.argv[1:] if not word.startswith("--")], sys.stdin.read()
with open("{folder}/asked", "a") as asked:
    print(*sys.argv[1:], file=asked)
broken = pathlib.Path("{folder}/broken")
if broken.exists():
    print(broken.read_text() + given)
    sys.exit("error: " + broken.read_text() + given if "set" in words else 0)
config = json.loads(kept.read_text()) if kept.exists() else {{}}
if words == ["config"]:
    print(json.dumps(config))
else:
    config[words[-1]] = {{"value": given, "secret": True}}
    kept.write_text(json.dumps(config))
"""


@dataclass
class Stores:
    """The project, what ESC keeps, and what stands for Pulumi."""

    project: Project
    folder: Path
    esc: Esc
    url: str
    monkeypatch: pytest.MonkeyPatch
    recipient: str

    def use(self, kind: str) -> None:
        """Let the host file name a store."""
        age = {"recipients": [self.recipient], "identity_file": str(self.folder / "key")}
        esc = {"environment": ENVIRONMENT, "url": self.url}
        text = with_values({"secrets": {"store": kind, "age": age, "esc": esc}})
        (self.project.hosts / "lab.yaml").write_text(text, encoding="utf-8")

    def given(self, text: str) -> None:
        """What stands on standard input."""
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    def plant(self, kind: str, value: str) -> None:
        """Let a store have a value under api-key, and nothing else."""
        if kind == "env":
            self.monkeypatch.setenv(VARIABLE, value)
        elif kind == "config":
            kept = {
                "ocrfleet:api-key": {"value": value, "secret": True},
                "ocrfleet:note": {"value": "n", "secret": False},
            }
            (self.folder / "kept.json").write_text(json.dumps(kept), encoding="utf-8")
        elif kind == "esc":
            self.esc.change(f"values: {{ocrfleet: {{api-key: {{'fn::secret': '{value}'}}}}}}\n")
        else:
            self.age(json.dumps({"revisions": [{"number": 1, "created": "c", "values": {"api-key": value}}]}))

    def age(self, inside: str) -> None:
        """Encrypt something for the store age."""
        from ocrfleet.secrets.agekeys import Keys

        (self.project.root / "secrets").mkdir(exist_ok=True)
        sealed = Keys("lab", (self.recipient,), self.folder / "key").sealed(inside)
        (self.project.root / "secrets" / "lab.age").write_bytes(sealed)


@contextmanager
def four_stores(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """All four, empty."""
    import pyrage

    own = pyrage.x25519.Identity.generate()
    (folder / "key").write_text(f"{own}\n", encoding="utf-8")
    (folder / "pulumi").write_text(PULUMI.format(python=sys.executable, folder=folder), encoding="utf-8")
    (folder / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", TOKEN)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(cloud, "LONGEST", 0.0)
    esc = Esc()
    with serving(esc) as url:
        yield Stores(project, folder, esc, url, monkeypatch, str(own.to_public()))
