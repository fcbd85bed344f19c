"""A preview shows what would change, line by line, and how."""

import re

from lab.project import LabProject


def test_a_preview_shows_line_diffs_of_dockerfile_and_run_flags_and_the_strategy(lab: LabProject) -> None:
    lab.deploy()
    dockerfile = lab.root / "templates" / "faulty" / "Dockerfile.j2"
    before = dockerfile.read_text(encoding="utf-8")
    dockerfile.write_text(
        before.replace("{% block start %}", "{% block start %}\nLABEL purpose=preview"), encoding="utf-8"
    )
    try:
        lab.write(engine__env={"OMP_THREAD_LIMIT": "2"})
        ran = lab.pulumi("preview", f"--stack={lab.name}", "--diff")
    finally:
        dockerfile.write_text(before, encoding="utf-8")
    assert "+ LABEL purpose=preview" in ran.out
    assert "- --env=OMP_THREAD_LIMIT=1" in ran.out
    assert "+ --env=OMP_THREAD_LIMIT=2" in ran.out
    assert "start-first: " in ran.out
    assert "expected outage: none" in ran.out
    assert re.search(r"disk: about [\d.]+ GiB needed \(twice the image that serves\), [\d.]+ GiB free", ran.out)
    assert "kept for a rollback: release 1" in ran.out
    assert lab.serving() == 1


def test_a_plan_says_the_same_without_pulumi(lab: LabProject) -> None:
    lab.deploy()
    lab.write(engine__env={"OMP_THREAD_LIMIT": "2"}, cutover__strategy="stop-first")
    ran = lab.ocrfleet("plan", lab.name)
    assert ran.code == 0, ran.out
    assert "+--env=OMP_THREAD_LIMIT=2" in ran.out
    assert "stop-first: the host file says so" in ran.out
    assert "expected outage: at least" in ran.out
