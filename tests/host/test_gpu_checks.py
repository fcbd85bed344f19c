"""A host with a GPU, vLLM and weights passes the checks that only such a host has, and fails each that is broken."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.gpus.cards import GB10
from lab.gpus.project import GpuProject
from lab.project import GUARD, LabProject
from tests.host.gpus import machine

HOME = "/var/lib/ocrfleet"
CARD = "/run/lab-gpu/held/*/card.json"
SPECIAL = {
    "the gpu is the one that kernels were chosen for": f"sed -i 's/12[.]1/8.9/' {CARD}",
    "the driver runs what the image was built for": "sed -i 's/580[.]95/535.95/' /run/lab-gpu/card.json",
    "the model is read by vllms own code": f"sed -i 's/DeepseekOCR/Llama/' {HOME}/releases/1/start",
    "the guard against loops is in place": f"rm {HOME}/releases/1/start",
    "the weights are whole": f"touch {HOME}/models/*/*/config.json",
}
BY_LOSS_OF_THE_GPU = "the engine computes on its gpu and not on the processor"
# Those that cannot be broken without another engine; tests/unit/verify breaks each.
OTHERS = {
    "the engine has one gpu and no other",
    "the server is the vllm that is pinned",
    "a page cannot make the engine fetch an address",
    "a file that is no picture is refused and not read",
    "what is read is counted",
    "pages are cut as the model was taught",
    "the engine cannot change its weights",
    "nothing is asked of a hub while it serves",
}


@pytest.fixture
def spark(project: LabProject, tmp_path: Path) -> Iterator[GpuProject]:
    with machine(project, tmp_path / "spark", "spark", GB10) as made:
        made.deploy()
        made.hold_guard()
        made.script(f"echo '{{\"at\": '$(date +%s)'}}' >{HOME}/guard.json")
        yield made
        made.signal("CONT", GUARD)


def outcomes(lab: LabProject) -> dict[str, tuple[str, str]]:
    """The outcome of each check, and what it says."""
    report = json.loads(lab.ocrfleet("verify", lab.name, "--json").out)
    return {check["name"]: (check["outcome"], check["detail"]) for check in report["checks"]}


def test_every_check_of_such_a_host_passes_and_can_fail(spark: GpuProject) -> None:
    found = outcomes(spark)
    assert {name: said for name, said in found.items() if said[0] != "passed"} == {}
    assert SPECIAL.keys() | OTHERS | {BY_LOSS_OF_THE_GPU} <= found.keys()
    for sabotage in SPECIAL.values():
        spark.script(sabotage)
    failed = {name for name, (outcome, _) in outcomes(spark).items() if outcome == "failed"}
    assert SPECIAL.keys() <= failed
    assert BY_LOSS_OF_THE_GPU not in failed
    spark.script(f"rm {CARD}")
    assert outcomes(spark)[BY_LOSS_OF_THE_GPU][0] == "failed"
