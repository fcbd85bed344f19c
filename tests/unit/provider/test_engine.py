"""What is said beside a resource reaches the engine, and an engine that is gone stops nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from ocrfleet.provider.engine import Engine, EngineVoice
from ocrfleet.provider.messages import engine_pb2, engine_pb2_grpc
from tests.unit.provider.wire import urn_of

URN = urn_of("Service")


class Listener(engine_pb2_grpc.EngineServicer):
    """An engine that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802  the protocol's name
        self.told.append((request.severity, request.message, request.ephemeral, request.urn))
        return Empty()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def voice(listener: Listener) -> Iterator[EngineVoice]:
    """The voice of one resource, with an engine that listens."""
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        engine_pb2_grpc.add_EngineServicer_to_server(listener, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield Engine(f"127.0.0.1:{port}").voice(URN)
        server.stop(None).wait()


def test_a_status_is_replaced_and_all_else_stays(voice: EngineVoice, listener: Listener) -> None:
    voice.status("#3 RUN make tea")
    voice.note("deployed: release 1")
    voice.warn("geändert")
    assert listener.told == [
        (engine_pb2.INFO, "#3 RUN make tea", True, URN),
        (engine_pb2.INFO, "deployed: release 1", False, URN),
        (engine_pb2.WARNING, "geändert", False, URN),
    ]


def test_an_engine_that_is_gone_stops_nothing() -> None:
    voice = Engine("127.0.0.1:1").voice(URN)
    voice.status("#3 RUN make tea")
    voice.warn("nobody hears this")
