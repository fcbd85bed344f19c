"""The kinds of resources the stand-in has, and which of the SDK's properties it can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.plugins.docker.words import FLAGS, HERE
from lab.plugins.shapes import Shape, inputs, outputs


@dataclass(frozen=True)
class Kind:
    """One kind of resource. What is `here` only says how it is made or taken away: no other one is made for it."""

    module: str
    name: str
    does: frozenset[str]
    here: frozenset[str] = frozenset()
    named: bool = False
    alone: bool = False
    secret: str | None = None

    @property
    def type(self) -> str:
        return f"docker:index/{self.name[0].lower()}{self.name[1:]}:{self.name}"

    @property
    def inputs(self) -> Shape:
        return inputs("docker", self.module, self.name)

    @property
    def outputs(self) -> Shape:
        return outputs("docker", self.module, self.name)

    @property
    def replaces(self) -> frozenset[str]:
        return self.does - self.here

    def beyond(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What the SDK has and the stand-in cannot do: refused, so that nothing is left out silently."""
        yield from (
            (name, "is beyond the stand-in") for name in values if name in self.inputs and name not in self.does
        )


KINDS = {
    kind.type: kind
    for kind in (
        Kind("network", "Network", frozenset({"name", "driver", "internal", "options", "labels"}), named=True),
        Kind("remote_image", "RemoteImage", frozenset({"name", "keepLocally"}), frozenset({"keepLocally"})),
        Kind("container", "Container", frozenset({*FLAGS, *HERE}), HERE, named=True, alone=True),
    )
}
