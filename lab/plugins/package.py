"""What a stand-in stands in for, as values: a package, its kinds of resources, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lab.plugins.shapes import Shape
from ocrfleet.provider.values import Secret

Values = Mapping[str, Any]


class Refusal(Exception):
    """What a resource is about said no, or did not answer."""


class Kind(Protocol):
    """One kind of resource."""

    @property
    def inputs(self) -> Shape: ...
    @property
    def outputs(self) -> Shape: ...
    @property
    def replaces(self) -> frozenset[str]:
        """The properties that another one must be made for."""
        ...

    @property
    def secret(self) -> str | None:
        """The output that is a secret."""
        ...

    @property
    def named(self) -> bool:
        """Whether one without a name gets one of its own, and another one with every replacement."""
        ...

    @property
    def alone(self) -> bool:
        """Whether an old one goes before its replacement is made, unless the program says otherwise."""
        ...

    def beyond(self, values: Values) -> Iterator[tuple[str, str]]:
        """What the SDK has and the stand-in cannot do."""
        ...


class Acts(Protocol):
    """What is done with resources, through whatever `connect` gave."""

    def create(self, client: Any, kind: Any, values: Values) -> tuple[str, Values]: ...
    def update(self, client: Any, kind: Any, its_id: str, values: Values, before: Values) -> Values: ...
    def read(self, client: Any, kind: Any, its_id: str, state: Values) -> tuple[str, Values] | None: ...
    def delete(self, client: Any, kind: Any, its_id: str, state: Values) -> None: ...
    def invoke(self, client: Any, token: str, args: Values) -> Values: ...


@dataclass(frozen=True)
class Package:
    """What a stand-in stands in for: a package, its kinds of resources by their types, and what is done with them."""

    name: str
    version: str
    kinds: Mapping[str, Kind]
    acts: Acts
    connect: Callable[[Values], Any]


def plain(value: Any) -> Any:
    """Take values out of their secrets."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def seen_as(wanted: Any, real: Any) -> Any:
    """What is real of what was asked for: properties that nobody asked for are not the program's business."""
    if isinstance(wanted, Mapping) and isinstance(real, Mapping):
        return {name: seen_as(inner, real[name]) for name, inner in wanted.items() if name in real}
    if isinstance(wanted, list) and isinstance(real, list) and len(wanted) == len(real):
        return [seen_as(one, other) for one, other in zip(wanted, real, strict=True)]
    return real
