"""Serves Pulumi's provider protocol for the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from lab.cloudflare.plugin import resources
from lab.cloudflare.plugin.client import ApiError, Client
from lab.cloudflare.plugin.kinds import KINDS, Kind
from lab.cloudflare.plugin.shapes import wrong
from ocrfleet.provider import values
from ocrfleet.provider.messages import plugin_pb2, provider_pb2, provider_pb2_grpc
from ocrfleet.provider.values import UNKNOWN, Secret

KEY = "cloudflare:config:"


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of the package `cloudflare`."""

    def __init__(self, version: str, connect: Callable[[Mapping[str, Any]], Client] = Client) -> None:
        self._version, self._connect = version, connect
        self._client: Client | None = None

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._version)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        settings = {name.removeprefix(KEY): value for name, value in request.variables.items()}
        self._client = self._connect(settings)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            found = resources.invoke(self._api, request.tok, resources.plain(values.read(request.args)))
            return provider_pb2.InvokeResponse(**{"return": values.write(found)})  # type: ignore[arg-type]

    def Check(self, request: Any, context: Any) -> Any:
        kind, news = _kind(request.urn), resources.plain(values.read(request.news))
        known = {name: value for name, value in news.items() if not name.startswith("__")}
        failures = [provider_pb2.CheckFailure(property=name, reason=why) for name, why in wrong(known, kind.inputs)]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        olds, news = (resources.plain(values.read(one)) for one in (request.old_inputs, request.news))
        changed = sorted(name for name in olds.keys() | news.keys() if olds.get(name) != news.get(name))
        replaced = [name for name in changed if name in _kind(request.urn).replaces]
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaced)

    def Create(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            kind, news = _kind(request.urn), values.read(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=values.write({**_unknown(kind), **news}))
            its_id, found = resources.create(self._api, kind, resources.plain(news))
            return provider_pb2.CreateResponse(id=its_id, properties=_written(kind, found))

    def Update(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            kind, olds, news = _kind(request.urn), values.read(request.olds), values.read(request.news)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=values.write({**olds, **news}))
            before, after = resources.plain(olds), resources.plain(news)
            found = resources.update(self._api, kind, request.id, after, before)
            return provider_pb2.UpdateResponse(properties=_written(kind, found))

    def Read(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            kind, state = _kind(request.urn), resources.plain(values.read(request.properties))
            found = resources.read(self._api, kind, request.id, state)
            if found is None:
                return provider_pb2.ReadResponse()
            its_id, outputs = found
            asked = resources.plain(values.read(request.inputs)) or dict.fromkeys(kind.inputs)
            inputs = resources.seen_as(asked, outputs)
            return provider_pb2.ReadResponse(id=its_id, properties=_written(kind, outputs), inputs=values.write(inputs))

    def Delete(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            state = resources.plain(values.read(request.properties))
            resources.delete(self._api, _kind(request.urn), request.id, state)
            return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    @property
    def _api(self) -> Client:
        if self._client is None:
            raise ApiError("the stand-in", 0, "is not configured")
        return self._client


@contextmanager
def _reporting(context: Any) -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _kind(urn: str) -> Kind:
    return KINDS[urn.split("::")[2].rpartition("$")[2]]


def _unknown(kind: Kind) -> dict[str, Any]:
    """What a preview does not know yet."""
    return dict.fromkeys(kind.outputs.keys() - kind.inputs.keys(), UNKNOWN)


def _written(kind: Kind, found: Mapping[str, Any]) -> Any:
    secret = {kind.secret: Secret(found[kind.secret])} if kind.secret and kind.secret in found else {}
    return values.write({**found, **secret})
