"""The provider process: what it answers with, loaded while the engine connects."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ocrfleet.project import Project
from ocrfleet.provider.engine import Engine
from ocrfleet.provider.listening import listen
from ocrfleet.provider.resource import Resource, Values
from ocrfleet.provider.server import Provider
from ocrfleet.provider.spared import of_fabric, spared

if TYPE_CHECKING:
    from ocrfleet.provider.hosts import Hosts

THREADS = 16


def main() -> None:
    """Answer the engine that started us."""
    pool = ThreadPoolExecutor(THREADS)
    # Importing the SSH library takes as long as all else here; it happens while the engine connects. What is done with
    # a host's answer is imported while that is awaited.
    hosts = pool.submit(_hosts)
    resources = pool.submit(lambda: _resources(hosts.result()))

    def ahead(inputs: Values) -> None:
        pool.submit(lambda: hosts.result().ask(inputs))

    # The engine's address is the last argument; flags may come before it.
    provider = Provider(resources.result, Engine(sys.argv[-1]).voice, ahead)
    listen(provider, pool)


def _hosts() -> Hosts:
    with spared(*of_fabric()):
        from ocrfleet.provider.hosts import Hosts

    return Hosts(Project.find())


def _resources(hosts: Hosts) -> Mapping[str, Resource]:
    """Every kind of resource, by the last part of its type."""
    from ocrfleet.provider.image import ImageResource
    from ocrfleet.provider.model import ModelResource
    from ocrfleet.provider.secret import SecretResource
    from ocrfleet.provider.service import ServiceResource

    # All that is loaded stays to the end; looking through it for garbage takes a tenth of a short run.
    gc.freeze()
    gc.enable()
    project = Project.find()
    return {
        "Image": ImageResource(project, hosts),
        "Model": ModelResource(project, hosts),
        "Service": ServiceResource(project, hosts),
        "HostSecret": SecretResource(hosts),
    }
