"""One host as one component: two images, a model, and the service that runs them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from ocrfleet.plan.needs import Needs
from ocrfleet.plan.texts import to_texts
from ocrfleet.render import BuildContext, Rendered
from ocrfleet.spec import HostSpec
from ocrfleet.spec.model import Model as ModelSpec
from ocrfleet.stack.plugin import Plugin
from ocrfleet.stack.resources import Image, Model, Service
from ocrfleet.stack.settings import Settings

if TYPE_CHECKING:
    # The SSH library is only for stacks with something beside their service.
    from ocrfleet.project import Project
    from ocrfleet.remote.openssh import OpenSsh


def declare(
    plugin: Plugin, host: HostSpec, *, rendered: Rendered, settings: Settings, door: OpenSsh | None
) -> dict[str, Any]:
    """Declare all of a host, what runs beside it and its edge after what serves; return what the stack exports."""
    whole = OcrHost(plugin, host, rendered, settings)
    if door is None:
        return whole.exports
    from ocrfleet.stack.beside import Beside

    beside = Beside(plugin, host, door=door, place=place(host), after=[whole.service])
    if rendered.edge is None:
        return whole.exports
    from ocrfleet.stack.edge import Edge

    edge = Edge(rendered.edge, after=[whole.service], connect=beside.connector)
    return {**whole.exports, **edge.exports}


def door_of(project: Project, host: HostSpec) -> OpenSsh | None:
    """The way to what runs beside a service, None where nothing does; loads what declares it, which takes seconds."""
    if host.edge is None and not host.exporters:
        return None
    from ocrfleet.stack.engine import refuse_another

    refuse_another(os.environ)
    import ocrfleet.stack.beside

    if host.edge:
        import ocrfleet.stack.edge  # noqa: F401  what it takes seconds to load is loaded here
    from ocrfleet.remote import Target
    from ocrfleet.remote.openssh import openssh

    return openssh(project, Target.of(host))


def place(host: HostSpec) -> dict[str, Any]:
    """Where a host is and whom it belongs to, as every resource of ours is told."""
    owner = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
    return {"host": host.name, "ssh": host.ssh.plain(), "owner": owner}


class OcrHost(pulumi.ComponentResource):
    """An OCR service on one host."""

    def __init__(self, plugin: Plugin, host: HostSpec, rendered: Rendered, settings: Settings) -> None:
        super().__init__("ocrfleet:index:OcrHost", host.name)
        self._host, self._plugin = host, plugin
        engine, proxy = (self._image(context) for context in (rendered.engine, rendered.proxy))
        models = [self._model(host.model, found)] if (found := rendered.service.get("model")) and host.model else []
        self.service = self._service(rendered.service, settings, images=(engine, proxy), after=models)
        address = f"127.0.0.1:{host.proxy.port}"
        self.exports = {"release": self.service.release, "image": engine.image, "address": address}
        self.register_outputs(self.exports)

    def _image(self, context: BuildContext) -> Image:
        inputs = {
            **self._place(),
            "name": context.name,
            "files": context.rendered,
            "copies": context.copies,
            "arch": self._host.arch,
            "buildSecrets": {n: s.model_dump(exclude_none=True) for n, s in self._host.build.secrets.items()},
            "limitSeconds": self._host.build.limit_minutes * 60,
        }
        return Image(f"{self._host.name}-{context.name}", inputs, self._options())

    def _model(self, model: ModelSpec, served: dict[str, Any]) -> Model:
        token = model.token.model_dump(exclude_none=True) if model.token else {}
        inputs = {**self._place(), "repo": served["repo"], "revision": served["revision"], "hub": model.hub}
        return Model(f"{self._host.name}-model", {**inputs, "token": token}, self._options())

    def _service(
        self, service: dict[str, Any], settings: Settings, *, images: tuple[Image, Image], after: list[Model]
    ) -> Service:
        inputs = {
            **self._place(),
            **to_texts(service),
            "image": images[0].image,
            "proxyImage": images[1].image,
            "secrets": settings.secrets,
        }
        return Service(self._host.name, inputs, self._options(after))

    def _options(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self._plugin, depends_on=list(after))

    def _place(self) -> dict[str, Any]:
        return {**place(self._host), "needs": Needs.of(self._host).text()}
