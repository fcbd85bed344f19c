"""An empty Python program on the same engine: what an `up` costs before we come into it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EmptyProject:
    """A project whose program does nothing, with a backend of its own."""

    root: Path
    env: Mapping[str, str]

    @classmethod
    def make(cls, root: Path, env: Mapping[str, str]) -> EmptyProject:
        """Lay it out and deploy it once."""
        (root / "state").mkdir(parents=True)
        (root / "Pulumi.yaml").write_text("name: empty\nruntime: python\n", encoding="utf-8")
        (root / "__main__.py").write_text('"""Nothing."""\n', encoding="utf-8")
        made = cls(root, {**env, "PULUMI_BACKEND_URL": f"file://{root}/state"})
        made._pulumi("stack", "init", "empty")
        made.up("--skip-preview")
        return made

    def up(self, *words: str) -> None:
        """Deploy nothing."""
        self._pulumi("up", "--stack=empty", "--yes", *words)

    def _pulumi(self, *words: str) -> None:
        argv = ["pulumi", *words, "--non-interactive"]
        subprocess.run(argv, check=True, capture_output=True, cwd=self.root, env=self.env)
