"""The way to a new release follows from the memory that is there, which on a lab host is a budget of its containers."""

import json
from collections.abc import Iterator

import pytest

from lab.project import LabProject

LIMIT = (
    "cd /sys/fs/cgroup; for file in memory/$(hostname)/memory.limit_in_bytes $(hostname)/memory.max; "
    "do if [ -e $file ]; then {work} $file; fi; done"
)
GREEDY = "x = bytearray(1500 << 20)"


@pytest.fixture
def narrow(lab: LabProject) -> Iterator[LabProject]:
    """A service on a host whose containers may have little more memory than one engine asks for."""
    lab.deploy(engine__env={"HOLD_MIB": "200"})
    before = lab.script(LIMIT.format(work="cat")).out.strip()
    assert before == str(4 * 1024**3)
    lab.script(LIMIT.format(work="echo 900M >"))
    yield lab
    lab.script(LIMIT.format(work=f"echo {before} >"))


def test_a_budget_decides_how_the_next_release_follows_and_holds(narrow: LabProject) -> None:
    lab = narrow
    assert 0.05 < lab.remote.facts().memory.free_gib < 0.9
    lab.write(engine__env={"NOTE": "narrow"})
    plan = json.loads(lab.ocrfleet("plan", lab.name, "--json").out)
    assert plan["strategy"] == "stop-first"
    assert "budget memory free, 0.5 needed, 0.5 kept in reserve" in plan["notes"][0]
    assert plan["disk"]["image_gib"] > 0
    assert (plan["kept"], plan["going"], plan["refused"]) == ([1], [], None)
    one = lab.remote.tell("releases")["releases"][-1]
    assert 0.18 < one["peak_gib"] < 0.4
    greedy = ("docker", "run", "--rm", "--entrypoint=/opt/engine/bin/python3", one["image"], "-c", GREEDY)
    assert lab.inside(*greedy, check=False).code == 137
    assert json.loads(lab.inside("cat", "/etc/docker/daemon.json").out) == {"cgroup-parent": f"/{lab.container}"}
