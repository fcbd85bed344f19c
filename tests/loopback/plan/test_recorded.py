"""What real machines said, replayed by programs on PATH, is found out and told with what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.plan.finding import Finding
from ocrfleet.plan.machine import Machine
from ocrfleet.plan.needs import Gpu, Needs
from ocrfleet.plan.preflight import judge
from ocrfleet.project import Project
from ocrfleet.spec import load_host
from tests.loopback.plan.replay import GOOD, Recording, every, play
from tests.unit.plan.machines import GB10
from tests.unit.spec.files import ROOT

SPARK, CALYPSO = (Needs.of(load_host(Project(ROOT), name)) for name in ("spark", "calypso"))
H200 = Gpu("9.0", "own", 580, "GPU-9b755e1f-1cbc-0faa-2f81-e5a7ae9e4c3b", ("--gpus=all",))
HOSTS = {
    "spark": SPARK,
    "spark-any": replace(SPARK, arch="any"),
    "calypso": CALYPSO,
    "calypso-gb10": replace(CALYPSO, arch="arm64", gpu=replace(CALYPSO.gpu or H200, capability="12.1")),
    "calypso-h200-2": replace(CALYPSO, gpu=H200, memory_gib=128.0),
}
Look = Callable[..., list[Finding]]


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Ask a machine that says this whether it can run a host's file."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def looked(needs: Needs, told: dict[str, Any], **questions: Any) -> list[Finding]:
        raw = play(tmp_path, told, {**needs.questions(), **questions})
        return judge(needs, Machine.parse(raw), now=time.time())

    return looked


@pytest.mark.parametrize("recording", every(), ids=lambda one: one.name)
def test_a_machine_that_cannot_is_told_so_in_its_own_words(look: Look, recording: Recording) -> None:
    told: Any = recording.told
    findings = {one.what: one for one in look(HOSTS[told["host"]], told)}
    found = findings[told["finding"]]
    assert not found.good, findings
    assert told["says"] in found.detail


def test_there_are_many_and_each_says_where_it_was_published() -> None:
    sources = [recording.told["source"] for recording in every()]
    assert len(sources) >= 25
    assert all(source.startswith(("https://github.com/", "recorded on a machine with")) for source in sources)


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        (CALYPSO, {}),
        (CALYPSO, {"container": {"code": 127, "err": 'exec: "nvidia-smi": executable file not found in $PATH'}}),
        (
            SPARK,
            {
                "machine": {"out": "aarch64\n"},
                "gpus": {"out": f"{GB10}\n"},
                "groups": {"out": "sparky docker\n"},
                "meminfo": "MemTotal:       127600748 kB\nMemAvailable:   118566368 kB\n",
            },
        ),
    ],
    ids=["calypso", "an image without nvidia-smi", "spark"],
)
def test_a_machine_that_can_is_let_through(look: Look, needs: Needs, told: dict[str, Any]) -> None:
    assert [one for one in look(needs, told) if not one.good] == []


def test_where_there_is_no_image_yet_the_toolkit_is_asked(look: Look) -> None:
    info = {
        "container": {"out": "NVRM version:   580.95.05\nCUDA version:   13.0\n\nDevice Index:   0\nGPU UUID: GPU-1\n"}
    }
    found = {one.what: one for one in look(CALYPSO, {**info, "images": {"out": ""}})}["gpu in a container"]
    assert found == Finding("gpu in a container", good=True, detail=found.detail)
    assert "GPU-1, by nvidia-container-cli" in found.detail


@pytest.mark.parametrize(
    ("what", "code", "err", "says"),
    [
        ("registry", 1, "[Errno -2] Name or service not known", "registry-1.docker.io:443 is not reached ([Errno -2]"),
        ("hub", 1, "timed out", "huggingface.co:443 is not reached (timed out)"),
        ("tunnel", 1, "[Errno 111] Connection refused", "region1.v2.argotunnel.com:7844 is not reached"),
    ],
)
def test_whoever_is_not_reached_is_named(look: Look, what: str, code: int, err: str, says: str) -> None:
    found = {one.what: one for one in look(CALYPSO, {"reach": {"code": code, "err": err}})}[what]
    assert not found.good
    assert says in found.detail


@pytest.mark.parametrize("way", ['["https://mirror.test/"] ', "[] http://proxy.test:3128"])
def test_a_registry_that_docker_reaches_by_a_way_of_its_own_is_not_judged(look: Look, way: str) -> None:
    found = look(CALYPSO, {"reach": {"code": 1, "err": "timed out"}, "detour": {"out": f"{way}\n"}})
    assert "registry" not in {one.what for one in found}


@pytest.mark.parametrize(
    ("proxy", "good"), [("", False), ("127.0.0.1:8000->8080/tcp\n", True), ("127.0.0.1:9000->8080/tcp\n", False)]
)
def test_a_port_that_a_stranger_has_is_told(look: Look, proxy: str, good: bool) -> None:
    sockets = "  sl  local_address rem_address   st\n   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000\n"
    found = {one.what: one for one in look(CALYPSO, {"sockets": sockets, "proxy": {"out": proxy}})}["port"]
    assert found.good is good, found


def test_whatever_hangs_all_of_it_is_over_in_time_and_each_is_named(look: Look) -> None:
    hanging = {name: {"hangs": True} for name in [*GOOD, "apps", "proxy", "reach"]}
    began = time.monotonic()
    found = {one.what: one for one in look(CALYPSO, hanging, seconds=0.3)}
    took = time.monotonic() - began
    assert took < 5.0, f"{took:.1f} s with limits of 0.3 s each"
    assert {name for name in hanging if name not in {"reach", "container"}} <= found.keys()
    assert not any(found[name].good for name in ("gpus", "docker", "registry", "hub", "tunnel"))
