"""Spark, with its own host file and rendered command line, on a lab host that has a GB10."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.gpus.cards import GB10
from lab.gpus.models import place_weights
from lab.gpus.project import GpuProject
from lab.project import LabProject
from lab.standin.engine import COMPILE_SECONDS
from tests.host.gpus import AMOUNT, WALLS, failing, flags, machine, releases, smi, walls_of

OTHER_COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def spark(project: LabProject, tmp_path: Path) -> Iterator[GpuProject]:
    with machine(project, tmp_path / "spark", "spark", GB10) as made:
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
    assert [compiled_for(spark, first), compiled_for(spark, second)] == [COMPILE_SECONDS, 0.0]
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


def compiled_for(lab: GpuProject, release: dict[str, Any]) -> float:
    """The seconds its engine compiled for, as its log says."""
    logged = lab.inside("docker", "logs", f"ocrfleet-spark-{release['release']}").out
    (took,) = re.findall(r"warmup model\) took ([0-9.]+) s", logged)
    return float(took)


def assert_log_as_of_vllm(lab: GpuProject) -> None:
    """The server said what vLLM says, and that it was given what the host file says."""
    logged = lab.inside("docker", "logs", "ocrfleet-spark-1").out
    for line in ("Resolved architecture: DeepseekOCRForCausalLM", "GPU KV cache size", "Application startup complete"):
        assert line in logged
    command = json.loads(lab.inside("docker", "inspect", "--format={{json .Args}}", "ocrfleet-spark-1").out)
    assert "--gpu-memory-utilization=0.3" in command
