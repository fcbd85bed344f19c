"""The provider process: prints its port, then answers the engine until it is ended."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc

from ocrfleet.project import Project
from ocrfleet.provider.engine import Engine
from ocrfleet.provider.messages import provider_pb2_grpc
from ocrfleet.provider.resource import Resource, Values
from ocrfleet.provider.server import Provider

if TYPE_CHECKING:
    from ocrfleet.provider.hosts import Hosts

THREADS = 16
LOOK_SECONDS = 1.0
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def main() -> None:
    """Serve on a free port of the loopback interface, for as long as the engine that started us is there."""
    engine = os.getppid()
    pool = ThreadPoolExecutor(THREADS)
    # Importing the SSH library takes as long as all else here; it happens while the engine connects. What is done with
    # a host's answer is imported while that is awaited.
    hosts = pool.submit(_hosts)
    resources = pool.submit(lambda: _resources(hosts.result()))

    def ahead(inputs: Values) -> None:
        pool.submit(lambda: hosts.result().ask(inputs))

    # The engine's address is the last argument; flags may come before it.
    provider = Provider(resources.result, Engine(sys.argv[-1]).voice, ahead)
    server = grpc.server(pool, options=UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine ends us by a signal when it is done; nothing is left to do then, least of all to wait for threads.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # An engine that was killed sends no signal.
    while os.getppid() == engine:
        server.wait_for_termination(LOOK_SECONDS)
    os._exit(0)


def _hosts() -> Hosts:
    from ocrfleet.provider.hosts import Hosts

    return Hosts(Project.find())


def _resources(hosts: Hosts) -> Mapping[str, Resource]:
    """Every kind of resource, by the last part of its type."""
    from ocrfleet.provider.image import ImageResource
    from ocrfleet.provider.model import ModelResource
    from ocrfleet.provider.service import ServiceResource

    # All that is loaded stays to the end; looking through it for garbage takes a tenth of a short run.
    gc.freeze()
    gc.enable()
    project = Project.find()
    return {
        "Image": ImageResource(project, hosts),
        "Model": ModelResource(project, hosts),
        "Service": ServiceResource(hosts),
    }
