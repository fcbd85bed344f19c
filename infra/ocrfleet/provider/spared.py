"""Modules that our libraries load and this process never uses.

The engine starts this process twice in every `pulumi up`, and a third of what it loads is for others: gRPC's server for
asyncio, a YAML reader for settings that we do not read, a kit for tests, and a parser of mail for one version number.
Empty modules stand in for these while the libraries are imported. Afterwards the names are free again, so that whoever
does need one of them gets the real one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any


@contextmanager
def spared(*modules: ModuleType) -> Iterator[None]:
    """Have modules stand in for the real ones of their names, as far as those are not loaded already."""
    placed = {module.__name__: module for module in modules if module.__name__ not in sys.modules}
    sys.modules.update(placed)
    try:
        yield
    finally:
        for name in placed:
            del sys.modules[name]


def of_grpc() -> tuple[ModuleType, ...]:
    """What gRPC loads for servers on asyncio; ours runs in threads."""
    return ModuleType("asyncio"), ModuleType("grpc.aio")


def of_fabric() -> tuple[ModuleType, ...]:
    """What Fabric and its libraries load besides SSH."""
    return (
        ModuleType("invoke.vendor.yaml"),
        _module("unittest.mock", Mock=object),
        _module("importlib.metadata", version=version),
    )


def version(package: str) -> str:
    """The version of an installed package, by the name of the folder that describes it; `?` where it has none."""
    spec = find_spec(package)
    beside = Path(spec.origin).parents[1] if spec and spec.origin else Path()
    named = (folder.name.removesuffix(".dist-info") for folder in beside.glob(f"{package}-*.dist-info"))
    return next(named, "-?").rpartition("-")[2]


def _module(name: str, **content: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(content)
    return made
