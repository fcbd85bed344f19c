"""What Pulumi does with the provider in an `up`, a refresh, a `destroy`; its state, and the host it asks for none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocrfleet.project import Project
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.image import ImageResource
from ocrfleet.provider.inputs import wrong
from ocrfleet.provider.model import ModelResource
from ocrfleet.provider.resource import Found, Half, Resource, Task, Values
from ocrfleet.provider.service import ServiceResource
from ocrfleet.remote import Remote
from ocrfleet.remote.agent import Agent
from tests.faults.nth.link import Link


class Silent:
    """Nobody listens to progress."""

    def status(self, line: str) -> None: ...

    def note(self, line: str) -> None: ...

    def warn(self, line: str) -> None: ...


@dataclass
class Stack:
    """One stack; `wanted` gives the inputs of its resources, the service's by the images' ids."""

    link: Link
    wanted: Callable[[list[str]], list[tuple[str, str, Values]]]
    state: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    def up(self) -> None:
        """Refresh, compare and apply, as one new process of the provider."""
        kinds, images = self._provider(), list[str]()
        for name in [name for _, name, _ in self.wanted(images)]:
            kind, _, inputs = next(one for one in self.wanted(images) if one[1] == name)
            outputs = self._one(kinds[kind], name, kind, inputs)
            images.append(outputs.get("image", ""))

    def destroy(self) -> None:
        """Delete what the state knows, the service first."""
        kinds = self._provider()
        for name in ("service", "proxy", "engine"):
            if self.state.get(name):
                kinds["Service" if name == "service" else "Image"].delete(self.state[name].outputs, self._task())
                self.link.keep(name, self.state, None)

    def _one(self, resource: Resource, name: str, kind: str, inputs: Values) -> Values:
        known = self._refreshed(resource, name)
        assert not wrong(kind, known.inputs if known else {}, inputs)
        if known is not None and not resource.diff(known.outputs, inputs, self._task()).properties:
            return known.outputs
        self.changed.append(name)
        try:
            found = resource.apply(known.outputs if known else None, inputs, self._task())
        except Half as half:
            self.link.keep(name, self.state, half.found)
            raise
        self.link.keep(name, self.state, found)
        return found.outputs

    def _refreshed(self, resource: Resource, name: str) -> Found | None:
        known = self.state.get(name)
        if known is None:
            return None
        found = resource.read(known, self._task())
        self.link.keep(name, self.state, found if found.id else None)
        return found if found.id else None

    def _provider(self) -> dict[str, Resource]:
        project = Project(Path("/nowhere"))
        hosts = Hosts(project, lambda _, __: self.remote())
        kinds = (("Image", ImageResource), ("Model", ModelResource), ("Service", ServiceResource))
        return {name: kind(project, hosts) for name, kind in kinds}

    def remote(self) -> Remote:
        """The host, for what asks for no state."""
        remote = Remote(self.link)
        remote.agent = Agent(self.link, patience=60.0, sleep=self.link.sleep)
        return remote

    @staticmethod
    def _task() -> Task:
        return Task(Silent())
