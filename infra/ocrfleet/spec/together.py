"""What must fit together in a host file: seen in plain values, so that it is told beside what is wrong with each."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from ocrfleet.errors import Problem
from ocrfleet.spec.build import BuildSecret
from ocrfleet.spec.exporter import beside_problems
from ocrfleet.spec.marks import Marks, Path
from ocrfleet.spec.public import edge_problems
from ocrfleet.spec.service import Network
from ocrfleet.spec.vllm import vllm_problems


def together(data: Mapping[Any, Any], marks: Marks, name: str) -> Iterator[Problem]:
    """Name every two values that contradict each other, or the file's name."""
    if data.get("name", name) != name:
        yield marks.problem(("name",), f"expected {name}, as the file is called")
    ssh = _mapping(data, "ssh")
    if ssh.get("known_hosts") and ssh.get("known_hosts_file"):
        yield marks.problem(("ssh",), "expected known_hosts or known_hosts_file, not both")
    secrets = _mapping(_mapping(data, "build"), "secrets")
    yield from _sources({("build", "secrets", str(key)): secrets[key] for key in secrets}, marks)
    yield from _sources({("model", "token"): _mapping(data, "model").get("token")}, marks)
    yield from _gpu(data, marks)
    yield from _store(data, marks)
    yield from edge_problems(data, marks)
    yield from beside_problems(data, marks)
    yield from vllm_problems(data, marks)
    if _overlap(_mapping(data, "network")):
        yield marks.problem(("network",), "expected two networks that do not overlap")


SOURCES = tuple(BuildSecret.model_fields)


def _sources(secrets: Mapping[Path, Any], marks: Marks) -> Iterator[Problem]:
    """A secret comes from one place."""
    for path, secret in secrets.items():
        if isinstance(secret, dict) and sum(secret.get(one) is not None for one in SOURCES) != 1:
            yield marks.problem(path, f"expected exactly one of {', '.join(SOURCES)}")


def _gpu(data: Mapping[Any, Any], marks: Marks) -> Iterator[Problem]:
    """The engine gets one GPU by its UUID, or any, which must be written down."""
    gpu, waivers = _mapping(data, "gpu"), _mapping(data, "waivers")
    if gpu and not gpu.get("uuid") and "any-gpu" not in waivers:
        yield marks.problem(
            ("gpu", "uuid"), "expected what `nvidia-smi -L` shows on the machine, or the waiver any-gpu"
        )
    if "host-ipc" in waivers and _mapping(data, "engine").get("shm_gib"):
        yield marks.problem(("engine", "shm_gib"), "expected no such key beside the waiver host-ipc")


def _store(data: Mapping[Any, Any], marks: Marks) -> Iterator[Problem]:
    """A store that needs a description has one."""
    secrets = _mapping(data, "secrets")
    store = secrets.get("store")
    if store in {"esc", "age"} and secrets.get(store) is None:
        yield marks.problem(("secrets", "store"), f"expected secrets.{store} beside it, which says where")


def _overlap(network: Mapping[Any, Any]) -> bool:
    engines, front = (network.get(one, Network.model_fields[one].default) for one in ("engines", "front"))
    try:
        return IPv4Network(engines).overlaps(IPv4Network(front))
    except ValueError:
        return False


def _mapping(data: Mapping[Any, Any], key: str) -> Mapping[Any, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}
