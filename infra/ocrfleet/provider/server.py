"""Serves Pulumi's provider protocol: translates messages, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty

from ocrfleet.errors import OcrfleetError
from ocrfleet.provider import values
from ocrfleet.provider.messages import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from ocrfleet.provider.resource import Found, Half, Resource, Task, Voice

VERSION = "0.1.0"
Voices = Callable[[str], Voice]


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of the package `ocrfleet`; `resources` gives them by the last part of their type."""

    def __init__(self, resources: Callable[[], Mapping[str, Resource]], voices: Voices) -> None:
        self._resources, self._voices = resources, voices
        self._cancelled = threading.Event()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def Attach(self, request: Any, context: Any) -> Any:
        return Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        with _refusing(context):
            wrong = self._of(request.urn).check(values.read(request.olds), values.read(request.news))
        failures = [provider_pb2.CheckFailure(property=name, reason=why) for name, why in wrong.items()]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        olds, news = values.read(request.olds), values.read(request.news)
        with _refusing(context):
            difference = self._of(request.urn).diff(olds, news, self._task(request.urn))
        kind = provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.UPDATE, inputDiff=True)
        changes = provider_pb2.DiffResponse.DIFF_SOME if difference.properties else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=changes,
            diffs=difference.properties,
            hasDetailedDiff=True,
            detailedDiff=dict.fromkeys(difference.properties, kind),
        )

    def Create(self, request: Any, context: Any) -> Any:
        with _refusing(context):
            task = self._task(request.urn, preview=request.preview)
            found = self._of(request.urn).apply(None, values.read(request.properties), task)
        return provider_pb2.CreateResponse(id=found.id, properties=values.write(found.outputs))

    def Update(self, request: Any, context: Any) -> Any:
        with _refusing(context):
            task = self._task(request.urn, preview=request.preview)
            found = self._of(request.urn).apply(values.read(request.olds), values.read(request.news), task)
        return provider_pb2.UpdateResponse(properties=values.write(found.outputs))

    def Read(self, request: Any, context: Any) -> Any:
        known = Found(request.id, values.read(request.properties), values.read(request.inputs))
        with _refusing(context):
            found = self._of(request.urn).read(known, self._task(request.urn))
        if not found.id:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id, properties=values.write(found.outputs), inputs=values.write(found.inputs)
        )

    def Delete(self, request: Any, context: Any) -> Any:
        with _refusing(context):
            self._of(request.urn).delete(values.read(request.properties), self._task(request.urn))
        return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        # It comes at the end of every normal run too, so it only ends our waiting, never the host's work.
        self._cancelled.set()
        return Empty()

    def _of(self, urn: str) -> Resource:
        return self._resources()[urn.split("::")[2].rpartition(":")[2]]

    def _task(self, urn: str, *, preview: bool = False) -> Task:
        return Task(self._voices(urn), preview, self._cancelled)


@contextmanager
def _refusing(context: Any) -> Iterator[None]:
    """Report our errors the way the engine shows them whole, and half-done work so that it is saved as it is."""
    try:
        yield
    except Half as half:
        _abort(context, half.error, half.found)
    except OcrfleetError as error:
        _abort(context, error, None)


def _abort(context: Any, error: OcrfleetError, found: Found | None) -> NoReturn:
    message = f"\n{error}\n(ocrfleet exit code {error.code})"
    if found is not None:
        detail = provider_pb2.ErrorResourceInitFailed(
            id=found.id, properties=values.write(found.outputs), inputs=values.write(found.inputs), reasons=[message]
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
        status.details.add().Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort does not return")
