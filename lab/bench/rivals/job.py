"""The job that every tool gets: a build context, a container's flags, and a mark of both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocrfleet.project import Project
from ocrfleet.remote.host import as_tar
from ocrfleet.render import render
from ocrfleet.spec import HostSpec

# What we put in at the host, and labels by which our agent would take the container for one of ours.
OURS = ("@placement", "--label=ocrfleet.", "--env=", "--network=")
# Ours would give its next engine an address that somebody else's container has by then.
NETWORK = "rivals"
CHANGED = "server/app.py"


@dataclass(frozen=True)
class Job:
    """What must be on the host afterwards: the image of a context, and a container of it."""

    name: str
    files: Mapping[str, str]
    flags: tuple[str, ...]
    args: tuple[str, ...]
    env: Mapping[str, str]

    @classmethod
    def of(cls, project: Project, host: HostSpec, *, name: str) -> Job:
        """What `ocrfleet render` writes, for a container of another name."""
        rendered = render(project, host)
        words = rendered.service["run"][2:]
        end = words.index("@image")
        flags = tuple(word for word in words[:end] if not word.startswith(OURS))
        flags = (f"--network={NETWORK}", *flags)
        return cls(name, rendered.engine.files, flags, tuple(words[end + 1 :]), dict(host.engine.env))

    def with_env(self, note: str) -> Job:
        """The same with one environment value changed."""
        return replace(self, env={**self.env, "NOTE": note})

    def with_source(self, note: str) -> Job:
        """The same with one source file changed."""
        return replace(self, files={**self.files, CHANGED: f"{self.files[CHANGED]}\n# {self.name} {note}\n"})

    @property
    def context(self) -> bytes:
        return as_tar(self.files)

    @property
    def content(self) -> str:
        """Names what is built."""
        return hashlib.sha256(self.context).hexdigest()

    @property
    def create(self) -> list[str]:
        """How the container is made, as Docker's client takes it."""
        labels = [f"--label=job={self.mark}", f"--label=content={self.content}"]
        env = [f"--env={name}={value}" for name, value in self.env.items()]
        words = ["docker", "run", "--detach", f"--name={self.name}", *labels, *self.flags, *env]
        return [*words, self.image, *self.args]

    @property
    def image(self) -> str:
        return f"{self.name}:latest"

    @property
    def mark(self) -> str:
        """Names everything that a container is made of."""
        made_of = [self.content, self.flags, self.args, sorted(self.env.items())]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

    def write(self, folder: Path) -> Path:
        """Lay it out for a tool that reads files: context.tar and job.json."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "context.tar").write_bytes(self.context)
        about: dict[str, Any] = {"context": str(folder / "context.tar"), "content": self.content, "mark": self.mark}
        about |= {"name": self.name, "image": self.image, "create": self.create}
        about |= {"env": dict(self.env), "args": list(self.args)}
        (folder / "job.json").write_text(json.dumps(about), encoding="utf-8")
        return folder / "job.json"
