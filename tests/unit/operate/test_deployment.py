"""What a deploy would do now is told without Pulumi, and changes nothing."""

from typing import Any

import pytest

from ocrfleet.agent.names import content_digest, digest
from ocrfleet.errors import HostRefused
from ocrfleet.operate.deployment import HostPlan, plan_host
from ocrfleet.plan.image import bases_of, plan_image
from ocrfleet.plan.service import wanted_of
from ocrfleet.project import Project
from ocrfleet.remote import Remote
from ocrfleet.render import render
from ocrfleet.spec import load_host
from tests.unit.plan.hosts import OUTLOOK, facts, told
from tests.unit.remote.fakes import FakeSession

BASE = {"ocrfleet-lab/debian:bookworm": "sha256:base"}


def images(project: Project) -> dict[str, str]:
    """The images of a host on which everything is built."""
    rendered, found = render(project, load_host(project, "lab")), dict(BASE)
    for context in (rendered.engine, rendered.proxy):
        digest_, bases = content_digest(context.files), bases_of(context.files)
        plan = plan_image(facts(images=BASE), host="lab", name=context.name, context=digest_, bases=bases)
        found[plan.reference] = f"sha256:{context.name}"
    return found


def wanted(project: Project) -> dict[str, Any]:
    """What the host file asks for."""
    service = render(project, load_host(project, "lab")).service
    return wanted_of(service, ("sha256:engine", "sha256:proxy"), {"api-key": "v1"})


def planned(project: Project, serving: dict[str, Any] | None, **changes: Any) -> tuple[HostPlan, FakeSession]:
    release = {"release": 3, "digest": digest(serving)} if serving else None
    usual = {"images": images(project), "serving": release}
    told_ = told(**{**usual, **changes})
    answers = {"facts": told_, "manifest": {"wanted": serving}, "outlook": OUTLOOK}
    session = FakeSession(lambda verb, _: answers[verb])
    return plan_host(project, load_host(project, "lab"), Remote(session)), session


def test_the_same_is_nothing_to_do(project: Project) -> None:
    plan, session = planned(project, wanted(project))
    assert (plan.service.action, plan.lines()) == ("none", ["image engine: there", "image proxy: there"])
    assert session.verbs == ["facts", "manifest"]


def test_an_empty_host_gets_everything(project: Project) -> None:
    plan, session = planned(project, None)
    assert plan.service.action == "deploy"
    assert "expected outage: none; nothing is serving now" in plan.lines()
    assert session.verbs == ["facts", "outlook"]
    assert session.payloads[1]["owner"] == {"project": "ocrfleet", "stack": "lab"}


def test_a_host_that_lost_the_record_of_what_it_serves_gets_a_deploy(project: Project) -> None:
    serving = {"release": 3, "digest": "unknown"}
    session = FakeSession([told(images=images(project), serving=serving), {"wanted": {}}, OUTLOOK])
    plan = plan_host(project, load_host(project, "lab"), Remote(session))
    assert (plan.service.action, plan.differences) == ("deploy", ())


def test_a_changed_value_is_shown_as_the_lines_that_differ(project: Project) -> None:
    old = wanted(project)
    path = project.hosts / "lab.yaml"
    path.write_text(path.read_text("utf-8").replace('THREAD_LIMIT: "1"', 'THREAD_LIMIT: "2"'), encoding="utf-8")
    plan, _ = planned(project, old)
    assert plan.differences[:2] == ("--- run", "+++ run")
    assert plan.differences[4:6] == ("---env=OMP_THREAD_LIMIT=1", "+--env=OMP_THREAD_LIMIT=2")


def test_a_new_golden_page_does_not_fill_the_screen(project: Project) -> None:
    old = wanted(project)
    (project.templates / "_gate/invoice/page.png").write_bytes(b"\x89PNG" + b"x" * 9000)
    plan, _ = planned(project, old)
    assert plan.differences
    assert max(map(len, plan.differences)) <= 200


def test_an_image_that_is_not_there_is_to_be_built_and_means_a_deploy(project: Project) -> None:
    built = {name: image for name, image in images(project).items() if image != "sha256:engine"}
    plan, _ = planned(project, wanted(project), images=built)
    assert plan.lines()[:2] == ["image engine: to be built", "image proxy: there"]
    assert plan.service.action == "deploy"


def test_programs_get_the_same_plan(project: Project) -> None:
    plan, _ = planned(project, wanted(project), drift=["the engine was removed"])
    told_ = plan.as_json()
    assert {name: image["present"] for name, image in told_.pop("images").items()} == {"engine": True, "proxy": True}
    assert told_ == {
        "action": "repair",
        "strategy": None,
        "notes": ("changed by hand: the engine was removed",),
        "outage_seconds": 0.0,
        "differences": [],
        "model": None,
        "job": None,
        "disk": {"needed_gib": 0.0, "free_gib": 80.0, "floor_gib": 5.0, "image_gib": 6.0, "model_gib": 0.0},
        "refused": None,
        "peak_gib": None,
        "kept": (2, 3),
        "going": (1,),
    }


@pytest.mark.parametrize("is_same", [True, False])
def test_a_job_at_work_is_told_with_what_it_means_for_the_next(project: Project, *, is_same: bool) -> None:
    job = {"key": "1a2b", "what": "deploy", "who": "ana@mac", "since": 1_767_225_600.0, "boot": "b"}
    plan, _ = planned(project, wanted(project) if is_same else None, job=job)
    said = [line for line in plan.lines() if line.startswith("at work there: deploy by ana@mac, since 2026-01-01 ")]
    assert (len(said), plan.as_json()["job"]) == (1, job)


def test_a_plan_that_changes_nothing_looks_no_further(project: Project) -> None:
    plan, _ = planned(project, wanted(project))
    assert plan.as_json()["refused"] is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"images": {}}, "the base image ocrfleet-lab/debian:bookworm is not on the host"), ({"docker": "off"}, "off")],
)
def test_what_makes_a_deploy_impossible_is_an_error_of_ours(
    project: Project, changes: dict[str, Any], why: str
) -> None:
    session = FakeSession([told(**changes)])
    with pytest.raises(HostRefused, match=why):
        plan_host(project, load_host(project, "lab"), Remote(session))
