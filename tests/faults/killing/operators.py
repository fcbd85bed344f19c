"""Operators that are there to be killed: each begins something on the host, in a process of its own."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.project import LabProject

START = "{% block start %}"
STRATEGIES = ("start-first", "stop-first")


class Operators:
    """Begins deploys, builds and rollbacks on one lab host, as a seed decides."""

    def __init__(self, lab: LabProject, chance: random.Random) -> None:
        self._lab, self._chance = lab, chance
        self._wished: set[str] = set()

    @property
    def builds_wished(self) -> int:
        """How many different images were wished; the first may be the one before this, which a prune has taken."""
        return len(self._wished)

    @contextmanager
    def one(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start an operator; who is still there at the end of the block is killed."""
        words = self._chance.choice((self._change, self._change, self._build, self._rollback))()
        with subprocess.Popen(
            words, cwd=self._lab.root, env=self._lab.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as child:
            try:
                yield child
            finally:
                child.kill()
        # Who was killed has left the stack locked.
        self._lab.pulumi("cancel", f"--stack={self._lab.name}", "--yes", check=False)

    def _change(self) -> list[str]:
        strategy = self._chance.choice(STRATEGIES)
        self._wished.add(self._dockerfile.read_text(encoding="utf-8"))
        wish = {"NOTE": f"killing {time.time_ns()}"}
        self._lab.write(engine__env=wish, cutover__strategy=strategy, gate__healthy_seconds=0.5)
        return ["pulumi", "up", f"--stack={self._lab.name}", "--yes", "--skip-preview", "--non-interactive"]

    def _build(self) -> list[str]:
        step = f'RUN ["sleep", "2"]\nLABEL killing="{time.time_ns()}"'
        self._dockerfile.write_text(self._plain.replace(START, f"{START}\n{step}"), encoding="utf-8")
        return self._change()

    def _rollback(self) -> list[str]:
        return ["ocrfleet", "rollback", self._lab.name]

    @property
    def _dockerfile(self) -> Path:
        return self._lab.root / "templates" / "faulty" / "Dockerfile.j2"

    @contextmanager
    def with_dockerfile(self) -> Iterator[None]:
        """Put the Dockerfile back afterwards."""
        self._plain = self._dockerfile.read_text(encoding="utf-8")
        try:
            yield
        finally:
            self._dockerfile.write_text(self._plain, encoding="utf-8")
