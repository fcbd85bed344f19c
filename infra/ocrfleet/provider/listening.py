"""How a provider's process listens: it prints its port, then answers the engine until that ends it or is gone."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import grpc

from ocrfleet.provider.messages import provider_pb2_grpc

LOOK_SECONDS = 1.0
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def listen(provider: Any, pool: ThreadPoolExecutor) -> NoReturn:
    """Serve on a free port of the loopback interface, for as long as the engine that started us is there."""
    engine = os.getppid()
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
