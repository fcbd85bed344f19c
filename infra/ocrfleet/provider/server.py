"""Serves Pulumi's provider protocol: translates messages, and nothing else."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty

from ocrfleet.errors import OcrfleetError, Refused, Unknown, for_pulumi
from ocrfleet.provider import values
from ocrfleet.provider.inputs import INPUTS, wrong
from ocrfleet.provider.messages import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from ocrfleet.provider.resource import Found, Half, Resource, Task, Values, Voice

VERSION = "0.1.0"
PACKAGE = Path(__file__).parents[1]
Voices = Callable[[str], Voice]
Ahead = Callable[[Values], object]


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of the package `ocrfleet`; `resources` gives them by the last part of their type.

    `ahead` is given the inputs of a resource as soon as they are here, to ask its host before the engine wants to know.
    """

    def __init__(self, resources: Callable[[], Mapping[str, Resource]], voices: Voices, ahead: Ahead) -> None:
        self._resources, self._voices, self._ahead = resources, voices, ahead
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
        with _reporting(request.urn, context):
            # Answered before the SSH library is loaded, so that the next question is here by then.
            news = values.read(request.news)
            found = wrong(_kind(request.urn), values.read(request.olds), news)
            if not found:
                self._ahead(news)
            failures = [provider_pb2.CheckFailure(property=name, reason=for_pulumi(why)) for name, why in found.items()]
            return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        with _reporting(request.urn, context):
            olds, news = values.read(request.olds), values.read(request.news)
            found = self._of(request.urn).diff(olds, news, self._task(request.urn, context))
            changed = found.properties
            how = provider_pb2.PropertyDiff.UPDATE_REPLACE if found.replaces else provider_pb2.PropertyDiff.UPDATE
            kind = provider_pb2.PropertyDiff(kind=how, inputDiff=True)
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
                diffs=changed,
                replaces=changed if found.replaces else (),
                deleteBeforeReplace=found.alone,
                hasDetailedDiff=True,
                detailedDiff=dict.fromkeys(changed, kind),
            )

    def Create(self, request: Any, context: Any) -> Any:
        with _reporting(request.urn, context):
            task = self._task(request.urn, context, preview=request.preview)
            found = self._of(request.urn).apply(None, values.read(request.properties), task)
            return provider_pb2.CreateResponse(id=found.id, properties=values.write(found.outputs))

    def Update(self, request: Any, context: Any) -> Any:
        with _reporting(request.urn, context):
            task = self._task(request.urn, context, preview=request.preview)
            found = self._of(request.urn).apply(values.read(request.olds), values.read(request.news), task)
            return provider_pb2.UpdateResponse(properties=values.write(found.outputs))

    def Read(self, request: Any, context: Any) -> Any:
        with _reporting(request.urn, context):
            known = Found(request.id, values.read(request.properties), values.read(request.inputs))
            resource = self._of(request.urn)
            if not known.outputs:
                raise _imported(request.urn)
            found = resource.read(known, self._task(request.urn, context))
            outputs, inputs = values.write(found.outputs), values.write(found.inputs)
            return provider_pb2.ReadResponse(id=found.id, properties=outputs, inputs=inputs)

    def Delete(self, request: Any, context: Any) -> Any:
        with _reporting(request.urn, context):
            self._of(request.urn).delete(values.read(request.properties), self._task(request.urn, context))
            return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        # It comes at the end of every normal run too, so it only ends our waiting, never the host's work.
        self._cancelled.set()
        return Empty()

    def _of(self, urn: str) -> Resource:
        return self._resources()[_kind(urn)]

    def _task(self, urn: str, context: Any, *, preview: bool = False) -> Task:
        return Task(self._voices(urn), preview, self._cancelled, context.is_active)


@contextmanager
def _reporting(urn: str, context: Any) -> Iterator[None]:
    """Report errors the way the engine shows them whole, and half-done work so that it is saved as it is."""
    try:
        yield
    except Half as half:
        _abort(context, half.error, half.found)
    except OcrfleetError as error:
        _abort(context, error, None)
    except Exception as error:  # noqa: BLE001  the engine would show a bare word, like the missing key
        _abort(context, _unforeseen(urn, error), None)


def _abort(context: Any, error: OcrfleetError, found: Found | None) -> NoReturn:
    message = for_pulumi(error)
    if found is not None:
        detail = provider_pb2.ErrorResourceInitFailed(
            id=found.id, properties=values.write(found.outputs), inputs=values.write(found.inputs), reasons=[message]
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
        status.details.add().Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort does not return")


def _imported(urn: str) -> OcrfleetError:
    return Refused(
        "a resource of ocrfleet cannot be imported",
        fix=f"pulumi up -s {_stack(urn)}, which takes over what it finds on the host",
    )


def _unforeseen(urn: str, error: Exception) -> OcrfleetError:
    """Say where it happened. What an exception says may quote a secret; only an import's names nothing but modules."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if PACKAGE in Path(frame.filename).parents]
    where = f"{Path(ours[-1].filename).relative_to(PACKAGE)}:{ours[-1].lineno}"
    said = f" ({error})" if isinstance(error, ImportError) else ""
    return Unknown(
        f"ocrfleet itself is wrong: {type(error).__name__} in {where}{said}",
        serving="not known",
        changed="not known",
        fix=f"ocrfleet status {_stack(urn)}, and report the line above",
    )


def _kind(urn: str) -> str:
    """The last part of a resource's type."""
    whole = urn.split("::")[2].rpartition("$")[2]
    kind = whole.rpartition(":")[2]
    if kind not in INPUTS:
        raise Refused(
            f"this provider has no resource of the type {whole}", fix="declare an Image, a Model or a Service"
        )
    return kind


def _stack(urn: str) -> str:
    return urn.removeprefix("urn:pulumi:").partition("::")[0]
