"""Serves Pulumi's provider protocol for a stand-in: what is the same whatever its resources are."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from lab.plugins.package import Kind, Package, Refusal, plain, seen_as
from lab.plugins.shapes import wrong
from ocrfleet.provider import values
from ocrfleet.provider.messages import plugin_pb2, provider_pb2, provider_pb2_grpc
from ocrfleet.provider.values import UNKNOWN, Secret


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of a package."""

    def __init__(self, package: Package) -> None:
        self._package, self._acts = package, package.acts
        self._client: Any = None

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._package.version)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        key = f"{self._package.name}:config:"
        said = {name.removeprefix(key): value for name, value in request.variables.items()}
        self._client = self._package.connect({**said, **plain(values.read(request.args))})
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            found = self._acts.invoke(self._api, request.tok, plain(values.read(request.args)))
            return provider_pb2.InvokeResponse(**{"return": values.write(found)})  # type: ignore[arg-type]

    def Check(self, request: Any, context: Any) -> Any:
        kind, said = self._kind(request.urn), values.read(request.news)
        if kind.named and "name" not in said:
            said = {**said, "name": plain(values.read(request.olds)).get("name") or _fresh_name(request.urn)}
        news = {name: value for name, value in plain(said).items() if not name.startswith("__")}
        found = [*wrong(news, kind.inputs), *kind.beyond(news)]
        failures = [provider_pb2.CheckFailure(property=name, reason=why) for name, why in found]
        return provider_pb2.CheckResponse(inputs=values.write(said), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        olds, news = (plain(values.read(one)) for one in (request.old_inputs, request.news))
        changed = sorted(name for name in olds.keys() | news.keys() if olds.get(name) != news.get(name))
        replaced = [name for name in changed if name in self._kind(request.urn).replaces]
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        first = bool(replaced) and self._kind(request.urn).alone
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaced, deleteBeforeReplace=first)

    def Create(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            kind, news = self._kind(request.urn), values.read(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=values.write({**_unknown(kind), **news}))
            its_id, found = self._acts.create(self._api, kind, plain(news))
            return provider_pb2.CreateResponse(id=its_id, properties=_written(kind, found))

    def Update(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            kind, olds, news = self._kind(request.urn), values.read(request.olds), values.read(request.news)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=values.write({**olds, **news}))
            before, after = plain(olds), plain(news)
            found = self._acts.update(self._api, kind, request.id, after, before)
            return provider_pb2.UpdateResponse(properties=_written(kind, found))

    def Read(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            kind, state = self._kind(request.urn), plain(values.read(request.properties))
            found = self._acts.read(self._api, kind, request.id, state)
            if found is None:
                return provider_pb2.ReadResponse()
            its_id, outputs = found
            asked = plain(values.read(request.inputs)) or dict.fromkeys(kind.inputs)
            inputs = seen_as(asked, outputs)
            return provider_pb2.ReadResponse(id=its_id, properties=_written(kind, outputs), inputs=values.write(inputs))

    def Delete(self, request: Any, context: Any) -> Any:
        with _reporting(context):
            state = plain(values.read(request.properties))
            self._acts.delete(self._api, self._kind(request.urn), request.id, state)
            return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    def _kind(self, urn: str) -> Kind:
        return self._package.kinds[urn.split("::")[2].rpartition("$")[2]]

    @property
    def _api(self) -> Any:
        if self._client is None:
            raise Refusal("the stand-in is not configured")
        return self._client


@contextmanager
def _reporting(context: Any) -> Iterator[None]:
    try:
        yield
    except Refusal as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _fresh_name(urn: str) -> str:
    return f"{urn.rpartition('::')[2]}-{secrets.token_hex(4)[:7]}"


def _unknown(kind: Kind) -> dict[str, Any]:
    """What a preview does not know yet."""
    return dict.fromkeys(kind.outputs.keys() - kind.inputs.keys(), UNKNOWN)


def _written(kind: Kind, found: Mapping[str, Any]) -> Any:
    secret = {kind.secret: Secret(found[kind.secret])} if kind.secret and kind.secret in found else {}
    return values.write({**found, **secret})
