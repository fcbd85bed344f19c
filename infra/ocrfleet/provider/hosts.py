"""The hosts this process talks to: one connection each, and what they told, until something is changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ocrfleet.plan import Facts
from ocrfleet.project import Project
from ocrfleet.remote import Remote, Target, connect


class Hosts:
    """Connections and facts by host. Safe to use from threads."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._remotes: dict[str, Remote] = {}
        self._facts: dict[str, Facts] = {}
        self._lock = threading.Lock()

    def remote(self, inputs: Mapping[str, Any]) -> Remote:
        """The host of a resource."""
        with self._lock:
            return self._remote(inputs)

    def facts(self, inputs: Mapping[str, Any]) -> Facts:
        """What the host told; asked once, and again after a change."""
        with self._lock:
            name = inputs["host"]
            if name not in self._facts:
                self._facts[name] = self._remote(inputs).facts()
            return self._facts[name]

    @contextmanager
    def changing(self, inputs: Mapping[str, Any]) -> Iterator[Remote]:
        """Change a host; what it told before is forgotten."""
        try:
            yield self.remote(inputs)
        finally:
            with self._lock:
                self._facts.pop(inputs["host"], None)

    def _remote(self, inputs: Mapping[str, Any]) -> Remote:
        name = inputs["host"]
        if name not in self._remotes:
            self._remotes[name] = connect(self._project, Target.parse(name, inputs["ssh"]))
        return self._remotes[name]
