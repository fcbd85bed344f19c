"""A machine that cannot run its host file is told so before any long work: what is short, and what to do."""

from dataclasses import replace
from typing import Any

import pytest

from ocrfleet.plan.finding import Finding
from ocrfleet.plan.machine import Machine
from ocrfleet.plan.needs import Needs
from ocrfleet.plan.preflight import hindering, judge
from ocrfleet.project import Project
from ocrfleet.spec import HostSpec, load_host
from tests.unit.plan.machines import GB10, ID, L4, NOW, OTHER_ID, RTX_4090, WEIGHTS, h200, said, told
from tests.unit.spec.files import ROOT
from tests.unit.spec.gpus import accepted

SPARK, CALYPSO = (load_host(Project(ROOT), name) for name in ("spark", "calypso"))
LAB = load_host(Project(ROOT), "lab")
HELD = f"{ID}, 4711, /usr/bin/blender, 9000"
PLAY = RTX_4090.replace("23871", "9000")
NO_DRIVER = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
TWO = f"{RTX_4090}\n{RTX_4090.replace(ID, OTHER_ID)}"
CARD = {"gpu.capability": "8.9", "gpu.memory": "own", "gpu.memory_gib": 23.5}
BY_ID = accepted({"arch": "amd64", "gpu.uuid": ID, **CARD}, memory_gib=20)


def spark(**changes: Any) -> dict[str, Any]:
    return told(GB10, **{"machine": "aarch64", "gib": 110, **changes})


GOOD = {
    "spark": (SPARK, spark()),
    "calypso": (CALYPSO, told(RTX_4090)),
    "a GPU by its UUID among two": (BY_ID, told(TWO)),
    "the lab, without a GPU": (LAB, told("", gpus=said(code=127, err="nvidia-smi: not found"))),
    "the toolkit by its runtime only": (CALYPSO, told(RTX_4090, toolkit=said(code=127))),
    "a disk that does not count inodes": (CALYPSO, told(RTX_4090, disk=said("Avail IFree\n209715200 -\n"))),
    "a desktop in use, with room": (CALYPSO, told(RTX_4090, apps=said(f"{ID}, 1, /usr/bin/Xorg, 300\n"))),
}
BAD: dict[str, tuple[HostSpec, dict[str, Any], str, str]] = {
    "another architecture": (SPARK, spark(machine="x86_64"), "arch", "amd64, but the host file says arm64"),
    "an ARM machine for an image of the other": (CALYPSO, told(RTX_4090, machine="aarch64"), "arch", "says amd64"),
    "a machine nobody knows": (CALYPSO, told(RTX_4090, machine="riscv64"), "arch", "riscv64, but"),
    "no nvidia-smi": (CALYPSO, told("", gpus=said(code=127, err="nvidia-smi: not found")), "gpu", "not found"),
    "a driver that is not loaded": (CALYPSO, told("", gpus=said(NO_DRIVER, code=9)), "gpu", "install the driver"),
    "a driver that hangs": (CALYPSO, told("", gpus=said(code=124)), "gpus", "no answer in 4 s"),
    "no device": (CALYPSO, told("", gpus=said("No devices were found", code=6)), "gpu", "No devices were found"),
    "an empty list": (CALYPSO, told(""), "gpu", "nvidia-smi shows none"),
    "half a line": (CALYPSO, told(f"0, {ID}"), "gpu", "nvidia-smi shows none"),
    "two GPUs and none named": (CALYPSO, told(TWO), "gpu", f"2 GPUs (NVIDIA GeForce RTX 4090 {ID}, "),
    "the named GPU is not there": (
        BY_ID,
        told(RTX_4090.replace(ID, OTHER_ID)),
        "gpu",
        f"there is no {ID}, only NVIDIA GeForce RTX 4090 {OTHER_ID}: correct gpu.uuid",
    ),
    "another GPU": (CALYPSO, h200(), "compute capability", "9.0, but gpu.capability says 8.9"),
    "a smaller GPU": (CALYPSO, told(L4.replace("22569", "18000")), "memory", "17.6 GiB free, 20.0 needed, 2.4 short"),
    "a GPU in parts": (CALYPSO, told(RTX_4090.replace("[N/A]", "Enabled")), "mig", "nvidia-smi -mig 0"),
    "an old driver": (
        CALYPSO,
        told(RTX_4090.replace("580.95.05", "535.183.01")),
        "driver",
        "535; the image needs 580: install a newer driver, or an older CUDA (build.base: …-cu129, gpu.driver: 575)",
    ),
    "a driver without a number": (CALYPSO, told(RTX_4090.replace("580.95.05", "[N/A]")), "driver", "not known"),
    "memory that is taken": (
        CALYPSO,
        told(PLAY, apps=said(f"{HELD}\n")),
        "memory",
        "8.8 GiB free, 20.0 needed, 11.2 short; it is held by /usr/bin/blender (process 4711, 8.8 GiB), which nobody",
    ),
    "memory that nobody holds": (CALYPSO, told(PLAY), "memory", "11.2 short: end what uses it"),
    "a memory that is the machine's": (
        CALYPSO,
        told(GB10.replace("12.1", "8.9")),
        "memory",
        "write gpu.memory: shared",
    ),
    "a memory of its own": (SPARK, spark(gpus=said(RTX_4090)), "memory", "write gpu.memory: own"),
    "a full machine with one memory": (SPARK, spark(gib=30), "memory", "30.0 GiB free, 40.0 needed, 10.0 short"),
    "no Docker": (CALYPSO, told(RTX_4090, docker=said(code=127)), "docker", "no answer; 20.10 or newer"),
    "an old Docker": (CALYPSO, told(RTX_4090, docker=said("19.03.15")), "docker", "19.03.15; 20.10 or newer"),
    "a user who may not": (
        CALYPSO,
        told(RTX_4090, groups=said("neptune sudo")),
        "group",
        "neptune is not in the group docker: usermod -aG docker neptune",
    ),
    "no toolkit": (
        CALYPSO,
        told(RTX_4090, toolkit=said(code=127), runtimes=said('{"runc":{}}')),
        "container toolkit",
        "install the package nvidia-container-toolkit",
    ),
    "a small disk": (
        CALYPSO,
        told(RTX_4090, disk=said("Avail IFree\n20971520 9000000\n")),
        "disk",
        "20.0 GiB free, 55.0 needed, 35.0 short",
    ),
    "a small disk of Docker's": (
        CALYPSO,
        told(RTX_4090, docker_disk=said("Avail IFree\n1024 9000000\n")),
        "disk",
        "short",
    ),
    "no inodes": (
        CALYPSO,
        told(RTX_4090, disk=said("Avail IFree\n209715200 12\n")),
        "inodes",
        "12 free, 500000 needed",
    ),
    "another time": (CALYPSO, {**told(RTX_4090), "now": NOW - 3600}, "clock", "-3600.0 s from this machine's: set it"),
}


def findings(host: HostSpec, raw: dict[str, Any], **told: Any) -> dict[str, tuple[bool, str]]:
    """What is found of a machine that has all that is to be pulled or fetched, but for the changes."""
    needs = Needs.of(host)
    bases = tuple(base.partition("@")[0] for base in needs.bases)
    found = judge(replace(needs, bases=bases, has_tunnel=False), Machine.parse({**raw, **told}), now=NOW)
    return {one.what: (one.good, one.detail) for one in found}


@pytest.mark.parametrize(("host", "raw"), GOOD.values(), ids=GOOD.keys())
def test_a_machine_that_can_is_let_through(host: HostSpec, raw: dict[str, Any]) -> None:
    assert [what for what, (good, _) in findings(host, raw).items() if not good] == []


@pytest.mark.parametrize(("host", "raw", "what", "why"), BAD.values(), ids=BAD.keys())
def test_a_machine_that_cannot_is_told_what_is_short(host: HostSpec, raw: dict[str, Any], what: str, why: str) -> None:
    good, detail = findings(host, raw)[what]
    assert not good
    assert why in detail


def test_there_are_many_bad_machines() -> None:
    assert len(BAD) >= 25


def test_memory_that_our_own_release_holds_is_not_missed() -> None:
    good, detail = findings(CALYPSO, told(PLAY), serving=True)["memory"]
    assert good
    assert "gives its own back" in detail


@pytest.mark.parametrize(
    ("images", "models", "needed"),
    [
        ("", {}, "63.0"),
        ("", {WEIGHTS: "config.json is gone"}, "63.0"),
        ("", {WEIGHTS: None}, "55.0"),
        ("ocrfleet/calypso-engine:1\n", {}, "13.0"),
        ("ocrfleet/calypso-engine:1\n", {WEIGHTS: None}, "5.0"),
    ],
)
def test_room_is_needed_for_what_is_not_there_yet(images: str, models: dict[str, Any], needed: str) -> None:
    found = findings(CALYPSO, told(RTX_4090, images=said(images)), models=models)
    assert f", {needed} needed" in found["disk"][1]


def test_nobody_needs_to_be_reached_for_what_is_there() -> None:
    there, gone = told(RTX_4090), told(RTX_4090, images=said("ocrfleet/calypso-engine:1"))
    assert not {"registry", "hub"} & findings(CALYPSO, there).keys()
    assert {"registry", "hub"} & findings(CALYPSO, gone, models={}).keys() == {"hub"}


def test_who_is_not_reached_hinders_those_who_go_there_and_a_tunnel_everybody() -> None:
    found = [Finding(what, good=False, detail="") for what in ("registry", "hub", "tunnel", "memory")]
    hindered = {task: [one.what for one in hindering(found, task)] for task in ("build", "fetch", "deploy")}
    assert hindered == {
        "build": ["registry", "tunnel", "memory"],
        "fetch": ["hub", "tunnel", "memory"],
        "deploy": ["tunnel", "memory"],
    }


def test_needs_travel_as_text() -> None:
    for host in (SPARK, CALYPSO, LAB, BY_ID):
        assert Needs.parse(Needs.of(host).text()) == Needs.of(host)


def test_the_recorded_machine_is_read_as_it_is() -> None:
    machine = Machine.parse(h200())
    (gpu,) = machine.gpus
    assert (gpu.name, gpu.capability, gpu.driver, gpu.mig) == ("NVIDIA H200", "9.0", 580, False)
    assert (gpu.total_gib, gpu.free_gib, machine.free_gib) == (140.4, 139.8, 125.4)
    assert machine.apps == ("python3 (process 426, 20.6 GiB)",)
