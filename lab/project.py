"""A project of its own in a temporary folder, on one lab host: what is changed there nobody else sees."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from lab.places import ROOT
from lab.shell import Ran
from ocrfleet.project import Project
from ocrfleet.reading import Asking, pictures, read_pages
from ocrfleet.remote import Remote, Target, connect
from ocrfleet.spec import HostSpec, load_host

# How the guard shows among the processes, before and after it became a newer agent.
GUARD = "agent/(current|[0-9a-f]+[.]pyz) guard"
KEY = "canary-" + "k" * 32


def written(name: str) -> dict[str, Any]:
    """A host file of this project, as it is written."""
    raw: dict[str, Any] = yaml.safe_load((ROOT / "hosts" / f"{name}.yaml").read_text(encoding="utf-8"))
    return raw


@dataclass
class LabProject:
    """A copy of the project with one host file, one stack, and the lab host they belong to."""

    root: Path
    name: str
    port: int
    keys: Path
    container: str
    docker: tuple[str, ...]
    template: str = "lab"
    more: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, root: Path, **place: Any) -> Self:
        """Lay the project out and make its stack."""
        made = cls(root, **place)
        (root / "infra").mkdir(parents=True)
        for name in ("__main__.py", "pulumi-resource-ocrfleet"):
            shutil.copy(ROOT / "infra" / name, root / "infra" / name)
        shutil.copy(ROOT / "Pulumi.yaml", root)
        shutil.copytree(ROOT / "templates", root / "templates", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "tests" / "acceptance", root / "tests" / "acceptance")
        (root / "hosts").mkdir()
        (root / "state").mkdir()
        made.write()
        made.pulumi("stack", "init", made.name)
        made.set_key()
        return made

    def set_key(self) -> None:
        """Have the stack know the key that everybody knows, whatever it was rotated to."""
        self.pulumi("config", "set", "--secret", "ocrfleet:api-key", f"--stack={self.name}", stdin=KEY)

    def write(self, **changes: Any) -> None:
        """Write the host file, changed by `section__key=value`."""
        raw = self.raw()
        for path, value in changes.items():
            section, _, key = path.partition("__")
            raw.setdefault(section, {})[key] = value
        (self.root / "hosts" / f"{self.name}.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")

    def raw(self) -> dict[str, Any]:
        """The host file: the lab's with a fast gate, and not public."""
        raw = written("lab")
        raw["name"] = self.name
        # Most of what is tried on a host has nothing to do with who reaches it from outside.
        del raw["edge"]
        raw["ssh"].update(self.ssh)
        raw["build"]["template"] = self.template
        raw["gate"].update(healthy_seconds=1, ready_seconds=20)
        return raw

    @property
    def ssh(self) -> dict[str, Any]:
        """Where the lab host answers, and the keys to it."""
        files = {"identity_file": "id_ed25519", "known_hosts_file": "known_hosts"}
        return {
            "address": "127.0.0.1",
            "port": self.port,
            **{key: str(self.keys / name) for key, name in files.items()},
        }

    @property
    def host(self) -> HostSpec:
        return load_host(Project(self.root), self.name)

    @property
    def remote(self) -> Remote:
        return connect(Project(self.root), Target.of(self.host))

    def up(self, **changes: Any) -> Ran:
        """Change the host file and deploy it with the real engine."""
        if changes:
            self.write(**changes)
        return self.pulumi("up", f"--stack={self.name}", "--yes", "--skip-preview", check=False)

    def deploy(self, **changes: Any) -> Ran:
        """Deploy, which must succeed."""
        ran = self.up(**changes)
        assert ran.code == 0, ran.out
        return ran

    def pulumi(self, *words: str, check: bool = True, stdin: str = "") -> Ran:
        return self.run(["pulumi", *words, "--non-interactive"], check=check, stdin=stdin)

    def ocrfleet(self, *words: str) -> Ran:
        return self.run(["ocrfleet", *words], check=False)

    def run(self, argv: list[str], *, check: bool = True, stdin: str = "") -> Ran:
        """Run a command in the project, with the project's own backend."""
        ran = Ran.of(argv, cwd=self.root, env=self.env, stdin=stdin)
        assert not check or ran.code == 0, ran.out
        return ran

    @property
    def env(self) -> Mapping[str, str]:
        mine = {"PULUMI_BACKEND_URL": f"file://{self.root}/state", "PULUMI_CONFIG_PASSPHRASE": "test"}
        kept = {name: value for name, value in os.environ.items() if name != "PULUMI_CONFIG_PASSPHRASE_FILE"}
        return {**kept, **mine, **self.more}

    def inside(self, *argv: str, check: bool = True) -> Ran:
        """Run a command inside the lab host, as root."""
        words = [*self.docker, "exec", self.container, *argv]
        ran = Ran.of(words)
        assert not check or ran.code == 0, ran.out
        return ran

    def signal(self, name: str, pattern: str, *, check: bool = True) -> None:
        """Send a signal to the processes inside the lab host whose command line matches, by their ids."""
        pids = self.inside("pgrep", "-f", pattern, check=check).out.split()
        if pids:
            self.inside("kill", f"-{name}", *pids, check=False)

    def hold_guard(self) -> None:
        """Stop the guard's process at a moment when it does not hold the lock; then `signal("CONT", GUARD)`."""
        pids = self.inside("pgrep", "-f", GUARD).out.split()
        self.inside("flock", "/var/lib/ocrfleet/cutover.lock", "kill", "-STOP", *pids)

    def script(self, text: str) -> Ran:
        """Run a shell script inside the lab host, as root."""
        return self.inside("sh", "-c", text)

    def read(self) -> str:
        """Read the sample through the deployed service."""
        pages = read_pages(self.remote, self.host, pictures(ROOT / "samples" / "invoice.pdf"), Asking())
        return "\n".join(page.text for page in pages)

    def serving(self) -> int | None:
        """The number of the serving release."""
        serving = self.remote.facts().serving
        return serving["release"] if serving else None

    def engines(self) -> list[str]:
        """Names of the engine containers that run now."""
        words = ("/usr/bin/docker", "ps", "--filter=label=ocrfleet.part=engine", "--format={{.Names}}")
        ran = self.inside(*words).out
        return sorted(ran.split())

    def clean(self) -> None:
        """Take the service off the host and out of the state; images stay, so the next test builds nothing."""
        self.write()
        done = self.pulumi("destroy", f"--stack={self.name}", "--yes", "--skip-preview", check=False)
        assert done.code == 0, done.out

    def exported(self) -> dict[str, Any]:
        """The stack's state."""
        found: dict[str, Any] = json.loads(self.pulumi("stack", "export", f"--stack={self.name}").out)
        return found
