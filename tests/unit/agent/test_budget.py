"""Where all containers of a Docker engine share a limit, what is left of that counts as free."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from ocrfleet.agent.memory import Memory, measure
from tests.unit.agent.host import Host

GIB = 1024**3
DAEMON, GROUP = Path("/etc/docker/daemon.json"), Path("/sys/fs/cgroup")
OLD = {"memory.limit_in_bytes": 4 * GIB, "memory.usage_in_bytes": 3 * GIB, "memory.stat": GIB // 2}
NEW = {"memory.max": 4 * GIB, "memory.current": 3 * GIB, "memory.stat": GIB // 2}


def confine(host: Host, folder: str, files: Mapping[str, int | str], parent: str = "/lab") -> None:
    """Give the host's Docker engine a control group for its containers."""
    host.outside.system[DAEMON] = json.dumps({"cgroup-parent": parent})
    for name, value in files.items():
        own = {"inactive_file": value, "active_file": GIB // 4}
        rows = {"cache": 7, **own, **({f"total_{name}": size for name, size in own.items()} if folder else {})}
        idle = "".join(f"{name} {size}\n" for name, size in rows.items())
        host.outside.system[GROUP / folder / "lab" / name] = idle if name == "memory.stat" else f"{value}\n"


@pytest.mark.parametrize(("folder", "files"), [("memory", OLD), ("", NEW)], ids=["version 1", "version 2"])
def test_a_budget_of_all_containers_is_measured(host: Host, folder: str, files: Mapping[str, int | str]) -> None:
    confine(host, folder, files)
    assert measure(host.world) == Memory(1.75, "budget")


def test_a_budget_larger_than_what_the_machine_has_does_not_count(host: Host) -> None:
    host.outside.memory_gib = 1.0
    confine(host, "memory", OLD)
    assert measure(host.world) == Memory(1.0, "system")


@pytest.mark.parametrize(
    "files",
    [{}, {**NEW, "memory.max": "max"}, {**NEW, "memory.current": ""}],
    ids=["no such group", "no limit", "not told"],
)
def test_without_a_limit_there_is_no_budget(host: Host, files: Mapping[str, int | str]) -> None:
    confine(host, "", files)
    assert measure(host.world) == Memory(64.0, "system")


@pytest.mark.parametrize("config", ["{", "[]", "{}", '{"cgroup-parent": ""}'])
def test_a_docker_engine_without_a_group_of_its_own_has_no_budget(host: Host, config: str) -> None:
    confine(host, "", NEW)
    host.outside.system[DAEMON] = config
    assert measure(host.world).kind == "system"


def test_more_was_taken_than_the_budget_allows(host: Host) -> None:
    confine(host, "", {"memory.max": GIB, "memory.current": 2 * GIB})
    assert measure(host.world) == Memory(0.0, "budget")
