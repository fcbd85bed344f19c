"""The main job, end to end, on a real host with a real engine."""

from lab.project import LabProject


def test_a_host_is_deployed_changed_rolled_back_and_destroyed(lab: LabProject) -> None:
    """One story, because each step starts from what the one before left."""
    first = lab.up(build__template="lab")
    assert first.code == 0, first.out
    assert "Amount due: 553.00 EUR" in lab.read()
    assert lab.serving() == 1

    again = lab.pulumi("up", f"--stack={lab.name}", "--yes", "--skip-preview", "--expect-no-changes")
    assert "6 unchanged" in again.out

    second = lab.up(build__template="lab", engine__env={"OMP_THREAD_LIMIT": "2"})
    assert second.code == 0, second.out
    assert lab.serving() == 2
    assert lab.engines() == ["ocrfleet-trial-2"]

    back = lab.ocrfleet("rollback", lab.name)
    assert back.code == 0, back.out
    assert lab.serving() == 1
    assert "Amount due: 553.00 EUR" in lab.read()

    pinned = lab.up()
    assert pinned.code == 0, pinned.out
    assert "release 1 is pinned by a rollback" in pinned.out
    assert lab.serving() == 1

    assert lab.ocrfleet("unpin", lab.name).code == 0
    third = lab.up()
    assert third.code == 0, third.out
    assert lab.serving() == 3

    gone = lab.pulumi("destroy", f"--stack={lab.name}", "--yes", "--skip-preview")
    assert gone.code == 0, gone.out
    assert lab.inside("docker", "ps", "--all", "--quiet").out == ""
