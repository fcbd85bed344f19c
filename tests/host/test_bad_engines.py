"""A release that cannot read a page never takes traffic, and the one that could keeps or regains it."""

import pytest

from lab.project import LabProject

FAULTS = {
    "exits": "the container ended with exit code 1",
    "never-healthy": "/health was not 200 after 5 s: status 503",
    "wrong-text": "character error rate",
    "loops": "the answer repeats 'harbour' again and again",
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items())
@pytest.mark.parametrize("strategy", ["start-first", "stop-first"])
def test_the_old_release_serves_after(lab: LabProject, fault: str, reason: str, strategy: str) -> None:
    lab.deploy(cutover__strategy=strategy)

    bad = lab.up(cutover__strategy=strategy, engine__env={"FAULT": fault}, gate__ready_seconds=5)

    assert bad.code != 0
    assert "(ocrfleet exit code 20)" in bad.out
    assert reason in bad.out
    assert "serving: release 1" in bad.out
    assert lab.serving() == 1
    assert lab.engines() == ["ocrfleet-trial-1"]
    assert "Harbour Stores" in lab.read()

    good = lab.up(cutover__strategy=strategy, engine__env={"READ_SECONDS": "0.2"})
    assert good.code == 0, good.out
    assert lab.serving() == 3


@pytest.mark.parametrize("strategy", ["start-first", "stop-first"])
def test_a_container_that_dies_within_the_minimum_healthy_time_never_takes_traffic(
    lab: LabProject, strategy: str
) -> None:
    lab.deploy(cutover__strategy=strategy)
    bad = lab.up(cutover__strategy=strategy, engine__env={"FAULT": "dies"}, gate__healthy_seconds=12)
    assert "(ocrfleet exit code 20)" in bad.out
    assert "the container ended with exit code 3" in bad.out
    assert lab.serving() == 1
    assert "Harbour Stores" in lab.read()
    lab.deploy(cutover__strategy=strategy, engine__env={"READ_SECONDS": "0.2"})
    assert lab.serving() == 3


def test_a_first_deploy_that_fails_leaves_nothing_serving_and_can_be_tried_again(lab: LabProject) -> None:
    bad = lab.up(engine__env={"FAULT": "exits"})
    assert "(ocrfleet exit code 20)" in bad.out
    assert "serving: nothing" in bad.out
    assert lab.engines() == []
    lab.deploy(engine__env={})
    assert "Harbour Stores" in lab.read()


def test_the_log_of_a_failed_release_is_kept(lab: LabProject) -> None:
    lab.deploy()
    lab.up(engine__env={"FAULT": "exits"})
    assert "CUDA out of memory: this engine never starts" in lab.ocrfleet("logs", lab.name, "--release", "2").out


def test_an_image_that_does_not_build_shows_its_last_lines_and_changes_nothing(lab: LabProject) -> None:
    lab.deploy()
    bad = lab.up(build__template="unbuildable")
    assert "(ocrfleet exit code 20)" in bad.out
    assert "this is why it fails" in bad.out
    assert "step 40 of a build that fails" in bad.out
    assert "step 2 of a build that fails\n" not in bad.out.partition("Diagnostics:")[2]
    assert lab.serving() == 1
    assert "Harbour Stores" in lab.read()
    lab.deploy(build__template="faulty")


def test_the_deploy_command_ends_with_the_exit_code_of_the_outcome(lab: LabProject) -> None:
    assert lab.ocrfleet("deploy", lab.name).code == 0
    lab.write(engine__env={"FAULT": "exits"})
    assert lab.ocrfleet("deploy", lab.name).code == 20
