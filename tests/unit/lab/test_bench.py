"""What the measurements stand on: figures, the job that every tool gets, and the memory of other processes."""

import json
import subprocess
import sys

import pytest
import yaml  # noqa: TID251  reads a rival's playbook

from lab.bench import rendering
from lab.bench.__main__ import WITHOUT_HOST, main
from lab.bench.figures import tell
from lab.bench.memory import peak_of
from lab.bench.rivals.job import Job
from lab.bench.rivals.tools import HERE
from ocrfleet.project import Project
from ocrfleet.spec import load_host
from scripts.make_golden import CASES
from tests.unit.spec.files import ROOT


@pytest.mark.parametrize(("value", "met"), [(0.9, True), (1.0, True), (1.01, False)])
def test_a_figure_says_whether_its_limit_is_met(capsys: pytest.CaptureFixture[str], value: float, met: bool) -> None:
    tell("speed", value, limit=1.0, all=[1 / 3])
    assert json.loads(capsys.readouterr().out) == {
        "what": "speed",
        "value": value,
        "limit": 1.0,
        "met": met,
        "all": [0.333],
    }


def test_a_figure_without_a_limit_claims_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    tell("speed", 2.0)
    assert json.loads(capsys.readouterr().out) == {"what": "speed", "value": 2.0}


@pytest.fixture
def job() -> Job:
    return Job.of(Project(ROOT), load_host(Project(ROOT), "lab"), name="rival")


def test_the_job_of_others_has_our_flags_and_nothing_by_which_we_would_take_it_for_ours(job: Job) -> None:
    words = " ".join(job.create)
    assert "--read-only" in job.create
    assert "--env=OMP_THREAD_LIMIT=1" in job.create
    assert job.create[-2:] == ["rival:latest", "--psm=6"]
    assert "ocrfleet.host" not in words
    assert "@" not in words


def test_every_change_is_another_job_and_only_a_source_is_another_context(job: Job) -> None:
    changed, rebuilt = job.with_env("1"), job.with_source("1")
    assert len({one.mark for one in (job, changed, rebuilt, rebuilt.with_env("1"), job.with_source("2"))}) == 5
    assert changed.content == job.content != rebuilt.content


def test_the_playbook_has_a_word_for_every_flag(job: Job) -> None:
    """Ansible takes flags as parameters: a flag that is added to ours would be missing there."""
    tasks = yaml.safe_load((HERE / "playbook.yml").read_text(encoding="utf-8"))[0]["tasks"]
    words = tasks[-1]["community.docker.docker_container"]
    names = {flag.partition("=")[0].lstrip("-").replace("-", "_") for flag in job.flags}
    spelt = {"restart": "restart_policy", "network": "networks", "security_opt": "security_opts"}
    assert {spelt.get(name, {"log_opt": "log_options"}.get(name, name)) for name in names} <= set(words)


def test_the_memory_of_a_process_is_seen_while_it_runs() -> None:
    hold = "import sys, time; held = bytearray(60 * 1024 * 1024); print('holding', flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", hold, "some.module"]
    with peak_of("some.module") as peak, subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(timeout=0.3)
        child.communicate()
    assert 60 < peak.mib < 120


def test_a_process_that_was_never_there_is_not_told_as_small() -> None:
    with pytest.raises(RuntimeError), peak_of("no.such.module"):
        pass


def test_every_host_and_profile_is_rendered_and_held_against_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    rendering.measure(1)
    figures = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["what"] for one in figures} == {f"render of {name}" for name in CASES}
    assert all(one["limit"] == 0.05 and 0 < one["value"] <= one["slowest"] for one in figures)


def test_a_missed_limit_ends_the_measurement_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(_: int) -> None:
        tell("seconds", 2.0, limit=2.0)
        tell("words", 9.0)
        tell("eggs", 7.0, limit=6.0)

    monkeypatch.setitem(WITHOUT_HOST, "render", measure)

    with pytest.raises(SystemExit, match=r"^above its limit: eggs$"):
        main(["render"])
