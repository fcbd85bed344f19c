"""What must fit together in the edge of a host file, seen in plain values."""

from collections.abc import Iterator, Mapping
from typing import Any

from ocrfleet.errors import Problem
from ocrfleet.spec.marks import Marks
from ocrfleet.spec.service import Gate

CHAT, MODELS = "/v1/chat/completions", "/v1/models"
# How the names of credentials begin among a host's secrets.
CREDENTIALS = "access-"


def edge_problems(data: Mapping[Any, Any], marks: Marks) -> Iterator[Problem]:
    """Name what contradicts an edge: names outside its zone, paths nobody answers, origins that need a waiver, keys."""
    edge = data.get("edge")
    names = edge.get("hostnames") if isinstance(edge, dict) else None
    if not isinstance(edge, dict) or not isinstance(names, dict):
        return
    keys = _of(_of(data, "proxy"), "api_keys", ())
    if isinstance(keys, list) and any(str(key).startswith(CREDENTIALS) for key in keys):
        why = f"expected names that do not begin with {CREDENTIALS}, under which the store keeps consumers' credentials"
        yield marks.problem(("proxy", "api_keys"), why)
    for name, said in names.items():
        path = ("edge", "hostnames", str(name))
        zone = edge.get("zone")
        if isinstance(zone, str) and not f".{name}".endswith(f".{zone}"):
            yield marks.problem(path, "expected a name in the edge's zone")
        if isinstance(said, dict):
            yield from _hostname(said, data, marks, path)


def _hostname(
    said: Mapping[Any, Any], data: Mapping[Any, Any], marks: Marks, path: tuple[str, ...]
) -> Iterator[Problem]:
    origin, paths = said.get("service", "service"), said.get("paths", ())
    if origin == "service":
        served = served_paths(_of(_of(data, "gate"), "health_path", Gate.model_fields["health_path"].default))
        if isinstance(paths, list) and any(one not in served for one in paths):
            yield marks.problem((*path, "paths"), f"expected paths the service answers: {', '.join(served)}")
        return
    # A connector that reaches the machine's own loopback reaches all that listens there, which must be written.
    if "host-network-connector" not in _of(data, "waivers", {}):
        yield marks.problem((*path, "service"), "expected service, or the waiver host-network-connector")
    if not paths:
        yield marks.problem((*path, "paths"), "expected the paths that may be reached there, at least one")


def served_paths(health: Any) -> tuple[str, ...]:
    """Every path that the proxy lets through."""
    return (CHAT, MODELS, str(health))


def _of(values: Any, key: str, default: Any = None) -> Any:
    found = values.get(key, default) if isinstance(values, dict) else default
    return found if found is not None else default
