"""Runs the program of a stack with an engine that deploys nothing, and keeps what was declared as it is on the wire."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import Settings, configure, set_all_config  # noqa: TID251  Pulumi's side
from pulumi.runtime.mocks import MockEngine, MockMonitor, Mocks  # noqa: TID251  the same
from pulumi.runtime.proto import resource_pb2  # noqa: TID251  the same
from pulumi.runtime.stack import run_in_stack  # noqa: TID251  the same

from ocrfleet.project import Project
from ocrfleet.provider.values import read, write
from tests.unit.spec.files import ROOT

KEY = "hunter2-hunter2-hunter2-hunter2"


@dataclass
class Declared:
    """A resource as the program declared it: how it is registered, and its inputs."""

    request: Any
    inputs: dict[str, Any]

    @property
    def parent(self) -> str:
        """The name of the resource it belongs to."""
        return str(self.request.parent).rpartition("::")[2]

    @property
    def provider(self) -> str:
        """The name of the resource that provides it."""
        return str(self.request.provider).rpartition("::")[0].rpartition("::")[2]


class NoCalls(Mocks):
    """The program declares resources and does nothing else."""

    def call(self, args: Any) -> Any:
        raise AssertionError("the program calls no function")

    def new_resource(self, args: Any) -> Any:
        raise AssertionError("the engine below answers for resources")


class Engine(MockMonitor):
    """Keeps every resource that is registered, in order, and what is exported; a preview knows no outputs."""

    def __init__(self, *, preview: bool) -> None:
        super().__init__(NoCalls())
        self._preview = preview
        self.declared: dict[str, Declared] = {}
        self.exports: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the protocol's name
        urn, name = self.make_urn(request.parent, request.type, request.name), request.name
        self.declared[f"{request.type.rpartition(':')[2]} {name}"] = Declared(request, read(request.object))
        told = {"image": f"sha256:{name}", "release": 3, "container": f"{name}-3"}
        outputs = write({} if self._preview else told)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=f"{name}-id", object=outputs)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802  the same
        if "pulumi:pulumi:Stack" in request.urn:
            self.exports = read(request.outputs)
        return Empty()


def program() -> None:
    """Pulumi's door, opened as the language host opens it."""
    runpy.run_path(str(ROOT / "infra" / "__main__.py"), run_name="__main__")


@dataclass
class Stack:
    """A stack of a project: its name, its secrets, and whether it is only previewed."""

    project: Project
    name: str = "lab"
    config: dict[str, str] = field(default_factory=lambda: {"ocrfleet:api-key": KEY})
    plain: frozenset[str] = frozenset()  # what is in it without encryption
    preview: bool = False
    door: Callable[[], None] = program
    engine: Engine = field(init=False)

    def run(self) -> Engine:
        """Run the program to its end, as the language host does; what it raises is raised here."""
        engine = self.engine = Engine(preview=self.preview)
        try:
            contextvars.Context().run(self._run, engine)
        finally:
            # The program has its process for itself; here it has not.
            gc.unfreeze()
            gc.enable()
        return engine

    def _run(self, engine: Engine) -> None:
        set_all_config(self.config, [name for name in self.config if name not in self.plain])
        log = MockEngine(logging.getLogger("pulumi"))
        configure(Settings("ocrfleet", self.name, monitor=engine, engine=log, dry_run=self.preview))
        asyncio.run(run_in_stack(self.door))
