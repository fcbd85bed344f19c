"""The stand-in's process: prints its port, then answers the engine until it is ended."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

from lab.cloudflare.plugin.install import VERSION
from lab.cloudflare.plugin.server import Plugin
from ocrfleet.provider.messages import provider_pb2_grpc

THREADS, LOOK_SECONDS = 16, 1.0


def main() -> None:
    """Serve on a free port of the loopback interface, for as long as the engine that started us is there."""
    engine = os.getppid()
    server = grpc.server(ThreadPoolExecutor(THREADS))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Plugin(VERSION), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == engine:
        server.wait_for_termination(LOOK_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
