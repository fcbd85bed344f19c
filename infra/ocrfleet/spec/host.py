"""A host: one machine, one Pulumi stack, one file under hosts/."""

from typing import Literal

from pydantic import Field

from ocrfleet.spec.build import Build
from ocrfleet.spec.edge import Edge
from ocrfleet.spec.expect import Name, Strict, Text
from ocrfleet.spec.exporter import Exporter
from ocrfleet.spec.model import Gpu, Model
from ocrfleet.spec.secrets import Secrets
from ocrfleet.spec.service import Cutover, Engine, Gate, Network, Proxy, Retention
from ocrfleet.spec.ssh import Ssh

# Each rule that holds without being asked for, by the name under which a host file may break it.
Waiver = Literal[
    "unpinned-base",
    "any-gpu",
    "capabilities",
    "host-ipc",
    "new-privileges",
    "host-network-connector",
    "way-out",
    "writable-root",
]


class HostSpec(Strict):
    """Everything ocrfleet knows of one host. No secret is in it."""

    name: Name = Field(description="The file's name without .yaml, and the Pulumi stack's.")
    arch: Literal["amd64", "arm64", "any"] = Field(description="The machine's architecture; any: as it is.")
    ssh: Ssh
    build: Build
    gpu: Gpu | None = Field(default=None, description="The machine's GPU; without it, the engine gets none.")
    model: Model | None = Field(default=None, description="The weights; without it, the engine's image has its own.")
    engine: Engine
    network: Network = Network()
    proxy: Proxy = Proxy()
    gate: Gate = Gate()
    cutover: Cutover = Cutover()
    retention: Retention = Retention()
    edge: Edge | None = Field(default=None, description="What the host answers to in public; without it, nothing.")
    exporters: dict[Name, Exporter] = Field(
        default={}, max_length=10, description="Containers beside the service that tell others about the machine."
    )
    secrets: Secrets = Field(default=Secrets(), description="Where the stack's secrets are kept.")
    waivers: dict[Waiver, Text] = Field(default={}, description="Rules this host breaks on purpose, each with why.")
