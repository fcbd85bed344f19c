"""Speaks to the engine: lines beside a resource while it changes, and lines that stay."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import grpc

from ocrfleet.provider.messages import engine_pb2, engine_pb2_grpc


class Engine:
    """The engine that started us."""

    def __init__(self, address: str) -> None:
        self._stub: Any = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def voice(self, urn: str) -> EngineVoice:
        """Where lines about one resource go."""
        return EngineVoice(self._stub, urn)


class EngineVoice:
    """Progress of one resource in `pulumi up`."""

    def __init__(self, stub: Any, urn: str) -> None:
        self._stub, self._urn = stub, urn

    def status(self, line: str) -> None:
        self._log(line, engine_pb2.INFO, ephemeral=True)

    def note(self, line: str) -> None:
        self._log(line, engine_pb2.INFO)

    def warn(self, line: str) -> None:
        self._log(line, engine_pb2.WARNING)

    def _log(self, line: str, severity: Any, *, ephemeral: bool = False) -> None:
        # What nobody hears is no reason to fail.
        with suppress(grpc.RpcError):
            self._stub.Log(engine_pb2.LogRequest(severity=severity, message=line, urn=self._urn, ephemeral=ephemeral))
