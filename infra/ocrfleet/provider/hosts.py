"""The hosts this process talks to: one connection each, and what they told, until something is changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ocrfleet.errors import HostRefused
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.finding import Finding
from ocrfleet.project import Project
from ocrfleet.remote import Remote, Target, connect

Dial = Callable[[Project, Target], Remote]


class Hosts:
    """Connections and facts by host. Safe to use from threads."""

    def __init__(self, project: Project, dial: Dial = connect) -> None:
        self._project, self._dial = project, dial
        self._remotes: dict[Target, Remote] = {}
        self._answers: dict[str, Future[Facts]] = {}
        self._looks: dict[str, Future[list[Finding]]] = {}
        self._lock, self._asking = threading.Lock(), ThreadPoolExecutor(thread_name_prefix="host")

    def remote(self, inputs: Mapping[str, Any]) -> Remote:
        """The host of a resource."""
        with self._lock:
            return self._remote(inputs)

    def ask(self, inputs: Mapping[str, Any]) -> Future[Facts]:
        """Ask a host what it is, unless that was done; the answer, or why there is none, comes later."""
        with self._lock:
            name = inputs["host"]
            if name not in self._answers:
                self._answers[name] = self._asking.submit(self._remote(inputs).facts)
            return self._answers[name]

    def facts(self, inputs: Mapping[str, Any]) -> Facts:
        """What the host told; asked once, and again after a change or where there was no answer."""
        try:
            return self.ask(inputs).result()
        except BaseException:
            self._forget(inputs)
            raise

    def ready(self, inputs: Mapping[str, Any], task: str) -> None:
        """Raise HostRefused where the machine cannot do a task (build, fetch, deploy) as its host file says.

        The machine is asked once a run, before anything long is begun there; not while a job is at work: what that one
        has taken must not keep anybody from joining it.
        """
        name = inputs["host"]
        if not inputs["needs"] or (name not in self._looks and self.facts(inputs).job is not None):
            return
        with self._lock:
            if name not in self._looks:
                self._looks[name] = self._asking.submit(self._look, inputs)
            look = self._looks[name]
        from ocrfleet.plan.preflight import hindering

        try:
            found = look.result()
        except BaseException:
            with self._lock:
                self._looks.pop(name, None)
            raise
        short = [f"{one.what}: {one.detail}" for one in hindering(found, task)]
        if short:
            fix = f"put that right; ocrfleet preflight {name} looks again"
            raise HostRefused("\n".join([f"{name} cannot {task} this:", *short]), serving="as before", fix=fix)

    def _look(self, inputs: Mapping[str, Any]) -> list[Finding]:
        # Few runs begin anything long, and the provider starts twice in every run.
        from ocrfleet.plan.needs import Needs
        from ocrfleet.plan.preflight import judge

        needs = Needs.parse(inputs["needs"])
        return judge(needs, self.remote(inputs).probe(needs.questions()), now=time.time())

    @contextmanager
    def changing(self, inputs: Mapping[str, Any]) -> Iterator[Remote]:
        """Change a host; what it told before is forgotten."""
        try:
            yield self.remote(inputs)
        finally:
            self._forget(inputs)

    def _forget(self, inputs: Mapping[str, Any]) -> None:
        with self._lock:
            self._answers.pop(inputs["host"], None)

    def _remote(self, inputs: Mapping[str, Any]) -> Remote:
        target = Target.parse(inputs["host"], inputs["ssh"])
        if target not in self._remotes:
            self._remotes[target] = self._dial(self._project, target)
        return self._remotes[target]
