"""The messages of Pulumi's provider protocol, without the rest of the `pulumi` package.

The engine starts this process twice in every `pulumi up`. Importing `pulumi` runs its whole SDK, which takes several
times as long as everything else here, while the generated messages need nothing of it. So empty packages stand in
for it and its list of all protocols while ours is imported.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


def _stand_in() -> None:
    """Put packages in place whose modules can be imported but whose own code did not run."""
    spec = importlib.util.find_spec("pulumi")
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        module = ModuleType(name)
        module.__path__ = [
            "/".join([path, *name.split(".")[1:]]) for path in (spec and spec.submodule_search_locations) or ()
        ]
        sys.modules[name] = module


if "pulumi" not in sys.modules:
    _stand_in()

from pulumi.runtime.proto import (  # noqa: E402  the stand-in must be there first
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

__all__ = [
    "engine_pb2",
    "engine_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "status_pb2",
]
