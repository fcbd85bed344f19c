"""The provider process: prints its port, then answers the engine until it is ended."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

from ocrfleet.project import Project
from ocrfleet.provider.engine import Engine
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.image import ImageResource
from ocrfleet.provider.messages import provider_pb2_grpc
from ocrfleet.provider.resource import Resource
from ocrfleet.provider.server import Provider
from ocrfleet.provider.service import ServiceResource

THREADS = 16
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def main() -> None:
    """Serve on a free port of the loopback interface."""
    project = Project.find()
    hosts = Hosts(project)
    resources: dict[str, Resource] = {"Image": ImageResource(project, hosts), "Service": ServiceResource(hosts)}
    server = grpc.server(ThreadPoolExecutor(THREADS), options=UNLIMITED)
    # The engine's address is the last argument; flags may come before it.
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(resources, Engine(sys.argv[-1]).voice), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine ends us by a signal when it is done; nothing is left to do then, least of all to wait for threads.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
