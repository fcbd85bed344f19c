"""How a container's properties are said to `docker create`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Words = Iterator[str]


def _each(flag: str) -> Callable[[Any], Words]:
    return lambda found: (f"--{flag}={one}" for one in found)


def _one(flag: str) -> Callable[[Any], Words]:
    return lambda found: iter((f"--{flag}={str(found).lower() if isinstance(found, bool) else found}",))


def _pairs(flag: str) -> Callable[[Any], Words]:
    return lambda found: (f"--{flag}={name}={value}" for name, value in sorted(found.items()))


def _labels(found: Any) -> Words:
    return (f"--label={one['label']}={one['value']}" for one in found)


def _mounts(found: Any) -> Words:
    for one in found:
        closed = ",readonly" if one.get("readOnly") else ""
        yield f"--mount=type={one['type']},source={one['source']},target={one['target']}{closed}"


def _ports(found: Any) -> Words:
    for one in found:
        outside = one.get("external", "")
        yield f"--publish={one.get('ip', '0.0.0.0')}:{outside}:{one['internal']}/{one.get('protocol', 'tcp')}"  # noqa: S104  the real one's default


def _capabilities(found: Any) -> Words:
    yield from (f"--cap-add={one}" for one in found.get("adds") or ())
    yield from (f"--cap-drop={one}" for one in found.get("drops") or ())


def _healthcheck(found: Any) -> Words:
    kind, *words = found["tests"]
    yield f"--health-cmd={shlex.join(words) if kind == 'CMD' else ' '.join(words)}"
    named = {"interval": "interval", "timeout": "timeout", "startPeriod": "start-period", "retries": "retries"}
    yield from (f"--health-{flag}={found[name]}" for name, flag in named.items() if name in found)


def _networks(found: Any) -> Words:
    """The first; the others are joined before the container starts."""
    yield f"--network={found[0]['name']}"


def _memory(found: Any) -> Words:
    yield f"--memory={int(found)}m"


FLAGS: Mapping[str, Callable[[Any], Words]] = {
    "name": _one("name"),
    "user": _one("user"),
    "readOnly": _one("read-only"),
    "init": _one("init"),
    "restart": _one("restart"),
    "logDriver": _one("log-driver"),
    "networkMode": _one("network"),
    "gpus": _one("gpus"),
    "memory": _memory,
    "securityOpts": _each("security-opt"),
    "envs": _each("env"),
    "logOpts": _pairs("log-opt"),
    "tmpfs": lambda found: (f"--tmpfs={path}:{words}" for path, words in sorted(found.items())),
    "labels": _labels,
    "mounts": _mounts,
    "ports": _ports,
    "capabilities": _capabilities,
    "healthcheck": _healthcheck,
    "networksAdvanced": _networks,
    "image": lambda _: iter(()),
    "command": lambda _: iter(()),
}
# What only says how one is made or taken away.
HERE = frozenset({"wait", "waitTimeout", "mustRun", "destroyGraceSeconds"})


def create(values: Mapping[str, Any]) -> list[str]:
    """The command that creates a container."""
    flags = [word for name, say in FLAGS.items() if name in values for word in say(values[name])]
    return ["container", "create", *flags, values["image"], *values.get("command", ())]
