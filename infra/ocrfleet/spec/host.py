"""A host: one machine, one Pulumi stack, one file under hosts/."""

from typing import Literal

from pydantic import Field

from ocrfleet.spec.build import Build
from ocrfleet.spec.expect import Name, Strict, Text
from ocrfleet.spec.service import Cutover, Engine, Gate, Network, Proxy, Retention
from ocrfleet.spec.ssh import Ssh

Waiver = Literal["unpinned-base"]


class HostSpec(Strict):
    """Everything ocrfleet knows of one host. No secret is in it."""

    name: Name = Field(description="The file's name without .yaml, and the Pulumi stack's.")
    arch: Literal["amd64", "arm64", "any"] = Field(description="The machine's architecture; any: as it is.")
    ssh: Ssh
    build: Build
    engine: Engine
    network: Network = Network()
    proxy: Proxy = Proxy()
    gate: Gate = Gate()
    cutover: Cutover = Cutover()
    retention: Retention = Retention()
    waivers: dict[Waiver, Text] = Field(default={}, description="Rules this host breaks on purpose, each with why.")
