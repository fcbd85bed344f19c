"""Calypso, with its own host file and rendered command line, on a lab host that has an RTX 4090."""

from collections.abc import Iterator

import pytest

from lab.gpus.cards import RTX_4090
from lab.gpus.image import NAME
from lab.gpus.plug import hold
from lab.gpus.project import GpuProject
from lab.project import LabProject
from tests.host.gpus import (
    AMOUNT,
    GRANTED,
    WALLS,
    failing,
    flags,
    free_mib,
    granted,
    machine,
    releases,
    smi,
    walls_of,
    walls_without,
)


@pytest.fixture(scope="module")
def calypso(project: LabProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GpuProject]:
    with machine(project, tmp_path_factory.mktemp("calypso") / "project", "calypso", RTX_4090) as made:
        yield made


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
    if calypso.serving() is None:
        calypso.deploy()
    calypso.ocrfleet("unpin", "calypso")
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
    assert (started.code, "gate: golden page read" in started.out) == (0, True), started.out
    assert (calypso.serving(), calypso.engines()) == (1, ["ocrfleet-calypso-1"])
    assert AMOUNT in calypso.read()
