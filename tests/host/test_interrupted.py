"""^C ends the waiting, not the work: the next `up` joins what runs, and nothing is built or started twice."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from lab.project import LabProject


@pytest.fixture
def slow(lab: LabProject) -> Iterator[Callable[[], object]]:
    """Gives the image one more step, which takes a while and was never built before."""
    dockerfile = lab.root / "templates" / "faulty" / "Dockerfile.j2"
    before = dockerfile.read_text(encoding="utf-8")
    step = f'{{% block start %}}\nRUN ["sleep", "25"]\nLABEL now="{time.time()}"'
    yield partial(dockerfile.write_text, before.replace("{% block start %}", step), encoding="utf-8")
    dockerfile.write_text(before, encoding="utf-8")


def test_a_build_goes_on_without_us_and_beside_a_rollback_and_the_next_up_joins_it(
    lab: LabProject, slow: Callable[[], object]
) -> None:
    lab.deploy()
    lab.deploy(engine__env={"NOTE": "second"})
    before = jobs(lab, "build")
    slow()
    told = interrupted(lab, lambda: jobs(lab, "build") > before)
    assert "goes on on the host" in told
    assert f"pulumi up -s {lab.name} joins it" in told

    assert lab.remote.rollback(None, lambda _: None)["release"] == 1
    assert [job["what"] for job in lab.remote.tell("jobs")["jobs"] if job["at_work"]] == ["build engine"]
    lab.remote.tell("unpin")

    joined = lab.up()
    assert joined.code == 0, joined.out
    assert jobs(lab, "build") == before + 1
    assert lab.serving() == 3


def test_a_swap_goes_on_and_the_next_up_finds_it_done(lab: LabProject) -> None:
    lab.deploy()
    before = jobs(lab, "deploy")
    lab.write(engine__env={"NOTE": "interrupted"}, gate__healthy_seconds=6)
    told = interrupted(lab, lambda: jobs(lab, "deploy") > before)
    assert "goes on on the host" in told
    after = lab.up()
    assert after.code == 0, after.out
    assert (lab.serving(), jobs(lab, "deploy")) == (2, before + 1)
    assert lab.engines() == [f"ocrfleet-{lab.name}-2"]
    assert "Harbour Stores" in lab.read()


def test_an_operator_that_is_killed_leaves_nothing_half_done(lab: LabProject) -> None:
    lab.deploy()
    before = jobs(lab, "deploy")
    lab.write(engine__env={"NOTE": "killed"}, gate__healthy_seconds=12)
    begun(lab, lambda: jobs(lab, "deploy") > before, then=signal.SIGKILL)
    lab.pulumi("cancel", f"--stack={lab.name}", "--yes")
    after = lab.up()
    assert after.code == 0, after.out
    assert (lab.serving(), jobs(lab, "deploy")) == (2, before + 1)


def jobs(lab: LabProject, what: str) -> int:
    """How many jobs of a kind the host was ever given."""
    return int(lab.script(f'grep -l \'"what": *"{what}\' /var/lib/ocrfleet/jobs/*/job.json | wc -l').out)


def interrupted(lab: LabProject, when: Callable[[], bool]) -> str:
    return begun(lab, when, then=signal.SIGINT)


def begun(lab: LabProject, when: Callable[[], bool], *, then: signal.Signals) -> str:
    """Run `pulumi up`, send it a signal at a moment, and return what it said."""
    words = ["pulumi", "up", f"--stack={lab.name}", "--yes", "--skip-preview", "--non-interactive"]
    with subprocess.Popen(
        words, cwd=lab.root, env=lab.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as up:
        deadline = time.monotonic() + 60
        while not when():
            assert time.monotonic() < deadline
            assert up.poll() is None
            time.sleep(0.2)
        up.send_signal(then)
        return up.communicate(timeout=60)[0]
