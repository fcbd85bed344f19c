"""Spark and Calypso, each with its own host file and rendered command line, on a lab host with that machine's GPU."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.gpus.cards import GB10, RTX_4090
from lab.gpus.image import NAME
from lab.gpus.models import place_weights
from lab.gpus.plug import hold
from lab.gpus.project import GpuProject
from lab.project import LabProject
from lab.standin.engine import COMPILE_SECONDS, LOAD_SECONDS
from tests.host.gpus import free_mib, granted, machine, releases, smi, walls_of, walls_without

AMOUNT = "Amount due: 553.00 EUR"
OTHER_COMMIT = "0123456789abcdef0123456789abcdef01234567"
WALLS = {
    "user": [10001, 10001, "engine"],
    "capabilities": [0, 0, 0],
    "no_new_privileges": "1",
    "writable": ["/home/engine/.cache"],
    "writable_tmp": True,
    "most_processes": "4096",
    "shm_gib": 8.0,
    "way_out": False,
}

GRANTED = {"gpus": None, "ipc": "private", "log": {"max-file": "3", "max-size": "10m"}, "restart": "no", "ports": {}}


@pytest.fixture
def spark(project: LabProject, tmp_path: Path) -> Iterator[GpuProject]:
    with machine(project, tmp_path / "spark", "spark", GB10) as made:
        yield made


@pytest.fixture
def calypso(project: LabProject, tmp_path: Path) -> Iterator[GpuProject]:
    with machine(project, tmp_path / "calypso", "calypso", RTX_4090) as made:
        yield made


def test_spark_is_deployed_changed_restored_and_rolled_back(spark: GpuProject) -> None:
    told = spark.ocrfleet("preflight", "spark")
    assert told.code == 0, told.out
    assert smi(spark, "--query-gpu=name,memory.free") == "NVIDIA GB10, [N/A]"

    spark.deploy()
    assert AMOUNT in spark.read()
    assert spark.inside("docker", "exec", "ocrfleet-spark-1", "nvidia-smi", "-L").out.startswith("GPU 0: NVIDIA GB10")
    assert walls_of(spark, "ocrfleet-spark-1") == WALLS
    assert_log_as_of_vllm(spark)

    # One memory for processor and GPU, and room in it for two engines: nobody waits.
    spark.deploy(**flags(spark, **{"max-num-seqs": 16}))
    first, second = releases(spark)
    assert (first["strategy"], second["strategy"]) == ("start-first", "start-first")
    # What the first one compiled is still there.
    assert first["ready_seconds"] > LOAD_SECONDS + COMPILE_SECONDS
    assert "warmup model) took 0.00 s" in spark.inside("docker", "logs", "ocrfleet-spark-2").out
    assert failing(spark) == []
    assert spark.engines() == ["ocrfleet-spark-2"]

    place_weights(spark, repo=spark.raw()["model"]["repo"], revision=OTHER_COMMIT, reads="nonsense")
    bad = spark.up(model__revision=OTHER_COMMIT)
    assert "(ocrfleet exit code 20)" in bad.out
    assert "golden page: character error rate" in bad.out
    assert (spark.serving(), spark.engines()) == (2, ["ocrfleet-spark-2"])
    assert AMOUNT in spark.read()

    back = spark.ocrfleet("rollback", "spark")
    assert back.code == 0, back.out
    assert (spark.serving(), spark.engines()) == (1, ["ocrfleet-spark-1"])
    assert AMOUNT in spark.read()


def test_calypso_is_deployed_changed_restored_and_rolled_back(calypso: GpuProject) -> None:
    calypso.deploy()
    assert AMOUNT in calypso.read()
    assert walls_of(calypso, "ocrfleet-calypso-1") == WALLS
    assert granted(calypso, "ocrfleet-calypso-1") == GRANTED
    bare = walls_without(calypso, NAME)
    assert not [wall for wall, held in WALLS.items() if bare[wall] == held and wall != "writable_tmp"], bare
    held = RTX_4090.idle_mib - free_mib(calypso) if RTX_4090.idle_mib else 0
    assert held == 20449

    # Weights that are made smaller while they are loaded: one more flag. Two engines do not fit on one card.
    small = {"build__profile": "quantised", "gpu__uuid": RTX_4090.uuid}
    calypso.deploy(**small)
    assert [one["strategy"] for one in releases(calypso)] == ["start-first", "stop-first"]
    assert "Model loading took 3.9 GiB" in calypso.inside("docker", "logs", "ocrfleet-calypso-2").out
    assert granted(calypso, "ocrfleet-calypso-2") == {**GRANTED, "gpus": [RTX_4090.uuid]}
    assert failing(calypso) == []
    assert AMOUNT in calypso.read()

    bad = calypso.up(**small, **flags(calypso, **{"gpu-memory-utilization": 0.25}))
    assert "(ocrfleet exit code 20)" in bad.out
    assert "the memory left beside the weights is too little for one page" in bad.out
    assert (calypso.serving(), calypso.engines()) == (2, ["ocrfleet-calypso-2"])
    assert AMOUNT in calypso.read()

    back = calypso.ocrfleet("rollback", "calypso")
    assert back.code == 0, back.out
    assert (calypso.serving(), calypso.engines()) == (1, ["ocrfleet-calypso-1"])
    assert AMOUNT in calypso.read()


def test_the_owner_of_calypso_gets_the_gpu_and_gives_it_back(calypso: GpuProject) -> None:
    calypso.deploy()
    stopped = calypso.ocrfleet("stop", "calypso")
    assert stopped.code == 0, stopped.out
    assert free_mib(calypso) == RTX_4090.idle_mib

    render = hold(calypso, "/usr/bin/blender", 15_000)
    named = f"/usr/bin/blender (process {render}, 14.6 GiB)"
    for words in (("start", "calypso"), ("preflight", "calypso")):
        refused = calypso.ocrfleet(*words)
        assert (refused.code, named in refused.out) == (10, True), refused.out
    taken = calypso.up(**flags(calypso, **{"max-num-seqs": 16}))
    assert "(ocrfleet exit code 10)" in taken.out
    assert named in taken.out
    assert (calypso.engines(), smi(calypso, "--query-compute-apps=pid")) == ([], render)
    assert calypso.remote.facts().stopped

    calypso.inside("kill", render)
    started = calypso.ocrfleet("start", "calypso")
    assert started.code == 0, started.out
    assert "golden page read" in calypso.script("cat /var/lib/ocrfleet/jobs/*/log").out.rpartition("start")[2]
    assert (calypso.serving(), calypso.engines()) == (1, ["ocrfleet-calypso-1"])
    assert AMOUNT in calypso.read()


def flags(lab: GpuProject, **changed: float) -> dict[str, object]:
    """The host file's flags with a few others."""
    return {"engine__flags": {**lab.raw()["engine"]["flags"], **changed}}


def failing(lab: GpuProject) -> list[str]:
    """Every check of `ocrfleet verify` that does not pass."""
    checks = json.loads(lab.ocrfleet("verify", lab.name, "--json").out)["checks"]
    assert checks
    return [f"{one['name']}: {one}" for one in checks if one["outcome"] != "passed"]


def assert_log_as_of_vllm(lab: GpuProject) -> None:
    """The server said what vLLM says, and that it was given what the host file says."""
    logged = lab.inside("docker", "logs", "ocrfleet-spark-1").out
    for line in ("Resolved architecture: DeepseekOCRForCausalLM", "GPU KV cache size", "Application startup complete"):
        assert line in logged
    command = json.loads(lab.inside("docker", "inspect", "--format={{json .Args}}", "ocrfleet-spark-1").out)
    assert "--gpu-memory-utilization=0.3" in command
