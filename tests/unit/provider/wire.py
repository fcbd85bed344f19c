"""The engine's side of the wire: calls the provider over gRPC and hears what it says meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from ocrfleet.provider import values
from ocrfleet.provider.messages import provider_pb2, provider_pb2_grpc, status_pb2
from ocrfleet.provider.resource import Resource
from ocrfleet.provider.server import Ahead, Provider

OPTIONS = [("grpc.max_metadata_size", 2**24)]
SECONDS = 10


@dataclass
class Heard:
    """Everything that was said beside the resources."""

    statuses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def status(self, line: str) -> None:
        self.statuses.append(line)

    def note(self, line: str) -> None:
        self.notes.append(line)

    def warn(self, line: str) -> None:
        self.warnings.append(line)


@dataclass(frozen=True)
class Failure:
    """How a call failed: its message, and what the engine is told of a resource that is there half."""

    message: str
    half: Any = None

    @property
    def parts(self) -> dict[str, str]:
        """The parts of the message by their names."""
        pairs = (line.partition(": ") for line in self.message.splitlines())
        return {name: text.strip() for name, _, text in pairs if text}


def urn_of(kind: str) -> str:
    return f"urn:pulumi:lab::ocrfleet::ocrfleet:index:OcrHost$ocrfleet:index:{kind}::lab"


@dataclass
class Wire:
    """One provider process and what it said."""

    stub: Any
    heard: Heard

    def check(self, kind: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> dict[str, str]:
        request = provider_pb2.CheckRequest(urn=urn_of(kind), olds=values.write(olds or {}), news=values.write(news))
        answer = self.stub.Check(request, timeout=SECONDS)
        assert values.read(answer.inputs) == news
        return {failure.property: failure.reason for failure in answer.failures}

    def diff(self, kind: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
        request = provider_pb2.DiffRequest(id="lab", urn=urn_of(kind), olds=values.write(olds), news=values.write(news))
        return self.stub.Diff(request, timeout=SECONDS)

    def create(self, kind: str, news: Mapping[str, Any], *, preview: bool = False) -> dict[str, Any]:
        wanted = provider_pb2.CreateRequest(urn=urn_of(kind), properties=values.write(news), preview=preview)
        return values.read(self.stub.Create(wanted, timeout=SECONDS).properties)

    def update(
        self, kind: str, olds: Mapping[str, Any], news: Mapping[str, Any], *, preview: bool = False
    ) -> dict[str, Any]:
        wanted = provider_pb2.UpdateRequest(
            id="lab", urn=urn_of(kind), olds=values.write(olds), news=values.write(news), preview=preview
        )
        return values.read(self.stub.Update(wanted, timeout=SECONDS).properties)

    def read(self, kind: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        request = provider_pb2.ReadRequest(
            id="lab", urn=urn_of(kind), properties=values.write(outputs), inputs=values.write(inputs)
        )
        return self.stub.Read(request, timeout=SECONDS)

    def delete(self, kind: str, outputs: Mapping[str, Any]) -> None:
        request = provider_pb2.DeleteRequest(id="lab", urn=urn_of(kind), properties=values.write(outputs))
        self.stub.Delete(request, timeout=SECONDS)


Start = Callable[[], Wire]


@contextmanager
def served(resources: Callable[[], Mapping[str, Resource]], ahead: Ahead = lambda _: None) -> Iterator[Wire]:
    """A provider on a port of its own."""
    heard, pool = Heard(), ThreadPoolExecutor(4)
    server = grpc.server(pool, options=OPTIONS)
    provider = Provider(resources, lambda _: heard, ahead)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}", OPTIONS) as channel:
        yield Wire(provider_pb2_grpc.ResourceProviderStub(channel), heard)
    server.stop(None).wait()
    pool.shutdown()


def failure(call: Callable[[], Any]) -> Failure:
    """Make a call that must fail."""
    with pytest.raises(grpc.RpcError) as raised:
        call()
    error: Any = raised.value
    assert error.code() == grpc.StatusCode.UNKNOWN
    metadata = {item.key: item.value for item in error.trailing_metadata()}
    return Failure(error.details(), _half(metadata.get("grpc-status-details-bin")))


def _half(packed: bytes | None) -> Any:
    if packed is None:
        return None
    half = provider_pb2.ErrorResourceInitFailed()
    assert status_pb2.Status.FromString(packed).details[0].Unpack(half)
    return half


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something that another thread does has happened."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
