"""What runs beside the service, through Pulumi's Docker provider over SSH: the edge's connector, and exporters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_docker as docker

from ocrfleet.agent.names import BESIDE
from ocrfleet.commands import sidecars
from ocrfleet.remote.openssh import OpenSsh
from ocrfleet.secrets.version import salt_of, version_of
from ocrfleet.spec import HostSpec
from ocrfleet.stack.plugin import Plugin
from ocrfleet.stack.resources import HostSecret


class Beside(pulumi.ComponentResource):
    """The containers of a host that are not ours. `place` is what each of our own resources is told of the host."""

    def __init__(
        self, plugin: Plugin, host: HostSpec, *, door: OpenSsh, place: dict[str, Any], after: Sequence[pulumi.Resource]
    ) -> None:
        super().__init__("ocrfleet:index:Beside", host.name, opts=pulumi.ResourceOptions(depends_on=list(after)))
        self._plugin, self._host, self._place = plugin, host, place
        self._docker = docker.Provider(
            host.name, host=door.url, ssh_opts=list(door.options), opts=pulumi.ResourceOptions(parent=self)
        )
        for name, said in sorted(host.exporters.items()):
            # Its port has room for one.
            self._run(name, said.image, sidecars.exporter(host, name, said), overlap=False, after=[])
        self.register_outputs({})

    def connector(self, token: pulumi.Output[str], after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        """Run the connector of a tunnel. With another token, one more joins before the old one goes."""
        host, edge = self._host, self._host.edge
        if edge is None:
            raise ValueError("a host without an edge has no connector")
        kept = self._token(token, after)
        words = sidecars.connector(
            host,
            version=kept.version,
            file=kept.version.apply(sidecars.token_file),
            metrics=kept.version.apply(lambda known: sidecars.metrics_address(host, known)),
        )
        networks = [] if sidecars.ON_HOST in host.waivers else [self._outward()]
        return self._run("connector", edge.connector, words, overlap=True, after=[kept, *networks, *after])

    def _token(self, token: pulumi.Output[str], after: Sequence[pulumi.Resource]) -> HostSecret:
        salt = salt_of(pulumi.get_project(), pulumi.get_stack(), sidecars.TUNNEL_TOKEN)
        version = pulumi.Output.unsecret(token.apply(lambda text: BESIDE + version_of(text, salt)))
        inputs = {**self._place, "name": sidecars.TUNNEL_TOKEN, "version": version, "value": token}
        opts = pulumi.ResourceOptions(parent=self, provider=self._plugin, depends_on=list(after))
        return HostSecret(f"{self._host.name}-{sidecars.TUNNEL_TOKEN}", inputs, opts)

    def _outward(self) -> docker.Network:
        return docker.Network(f"{self._host.name}-outward", **sidecars.outward(self._host), opts=self._options([]))

    def _run(
        self, name: str, image: str, words: dict[str, Any], *, overlap: bool, after: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        whole = f"{self._host.name}-{name}"
        # A container may still use the image when a newer one has come.
        got = docker.RemoteImage(whole, name=image, keep_locally=True, opts=self._options([]))
        # Without a name of its own each has another, so that the new one can be there before the old one goes.
        order = pulumi.ResourceOptions(delete_before_replace=not overlap)
        opts = pulumi.ResourceOptions.merge(self._options(after), order)
        return docker.Container(whole, image=got.image_id, **words, opts=opts)

    def _options(self, after: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self._docker, depends_on=list(after))
