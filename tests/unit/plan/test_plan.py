"""What a deploy would do is computed from what the host told: nothing is guessed, nothing is done twice."""

from typing import Any

import pytest

from ocrfleet.errors import HostRefused
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.image import bases_of, plan_image
from ocrfleet.plan.service import plan_service
from tests.unit.plan.hosts import ROOMY, SERVICE, SERVING, TIGHT, WANTED, facts, told

BASE = "ocrfleet-lab/debian:bookworm"
PINNED = f"debian:bookworm@sha256:{'0' * 64}"
NOTHING = "start-first: nothing is serving yet"


def test_what_a_newer_agent_adds_is_ignored() -> None:
    newer = told(mood="good", memory={**ROOMY, "speed": 3}, outages=[1.0], drift=["x"])
    assert Facts.parse(newer) == facts(outages=[1.0], drift=["x"])


def test_an_image_that_is_on_the_host_is_not_built() -> None:
    reference = plan(facts(images={BASE: "sha256:a"})).reference
    assert plan(facts(images={BASE: "sha256:a", reference: "sha256:b"})).image == "sha256:b"


@pytest.mark.parametrize(
    "changes", [{"images": {BASE: "sha256:other"}}, {"images": {BASE: "sha256:a"}, "arch": "arm64"}]
)
def test_another_base_or_machine_is_another_image(changes: dict[str, Any]) -> None:
    here = facts(images={BASE: "sha256:a"})
    assert plan(here).image is None
    assert plan(here).reference != plan(facts(**changes)).reference


def test_a_base_that_cannot_be_named_by_its_content_is_refused() -> None:
    with pytest.raises(HostRefused, match=f"the base image {BASE} is not on the host"):
        plan(facts())


def test_a_pinned_base_names_itself() -> None:
    assert plan(facts(), bases=(PINNED,)).image is None


def test_a_host_whose_docker_does_not_answer_is_refused_with_its_reason() -> None:
    with pytest.raises(HostRefused, match="Docker runs rootless there"):
        plan(facts(docker="Docker runs rootless there"))


@pytest.mark.parametrize(
    ("dockerfile", "bases"),
    [
        ("FROM a\nFROM b AS x\nFROM a\n", ("a", "b")),
        ("FROM a AS x\nFROM x\nFROM X AS y\nFROM y\n", ("a",)),
        ("from --platform=linux/arm64 a as x\nFROM scratch\n", ("a",)),
        ("  FROM a\n# FROM b\n", ("a",)),
        ("FROM \\\n  a \\ \n  AS x\nFROM x\n", ("a",)),
        ("FROM later\nFROM a AS later\n", ("a", "later")),
    ],
)
def test_bases_are_what_a_dockerfile_starts_from_without_its_own_stages(dockerfile: str, bases: tuple[str]) -> None:
    assert bases_of({"Dockerfile": dockerfile}) == bases


ACTIONS: dict[str, tuple[dict[str, Any], Any, str, str | None]] = {
    "the same release": ({"serving": SERVING}, WANTED, "none", None),
    "pinned": ({"serving": SERVING, "pinned": 2}, WANTED, "pinned", None),
    "pinned, and something else is wanted": ({"serving": SERVING, "pinned": 2}, None, "pinned", None),
    "stopped on purpose": ({"serving": SERVING, "stopped": True}, WANTED, "stopped", None),
    "changed by hand": ({"serving": SERVING, "drift": ["gone"]}, WANTED, "repair", None),
    "nothing serves": ({}, WANTED, "deploy", "start-first"),
    "an image is not built": ({"serving": SERVING}, None, "deploy", "start-first"),
    "something else serves": ({"serving": {**SERVING, "digest": "x"}}, WANTED, "deploy", "start-first"),
    "something else, no room": (
        {"serving": {**SERVING, "digest": "x"}, "memory": TIGHT},
        WANTED,
        "deploy",
        "stop-first",
    ),
    "something else was stopped": (
        {"serving": {**SERVING, "digest": "x"}, "stopped": True, "memory": TIGHT},
        WANTED,
        "deploy",
        "start-first",
    ),
}


@pytest.mark.parametrize(("changes", "wanted", "action", "strategy"), ACTIONS.values(), ids=ACTIONS.keys())
def test_the_action_follows_from_what_the_host_told(
    changes: dict[str, Any], wanted: Any, action: str, strategy: str | None
) -> None:
    found = plan_service(facts(**changes), wanted, SERVICE)
    assert (found.action, found.strategy) == (action, strategy)
    assert found.changes is (action in {"repair", "deploy"})


OTHER = {**SERVING, "digest": "x"}
SETTINGS = {**WANTED, "service": {**SERVICE, "keep": 9, "gate": {}}, "secrets": {"api-key": "v2"}}


def test_settings_are_applied_to_the_release_that_serves_and_the_plan_says_which() -> None:
    found = plan_service(facts(serving=SERVING, drift=["gone"]), SETTINGS, SERVICE)
    assert (found.action, found.strategy, found.changes) == ("apply", None, True)
    assert found.notes == ("applied without restart of the engine: gate, retention, API keys", "changed by hand: gone")


@pytest.mark.parametrize(
    ("outages", "seconds"), [([], "a few seconds"), ([2.0, 9.0, 3.0], "about 3.0 s (median of the last 3 here)")]
)
@pytest.mark.parametrize("digest", [SERVING["digest"], "x"])
def test_a_proxy_that_must_be_replaced_is_said_with_its_cost(digest: str, outages: list[float], seconds: str) -> None:
    here = facts(serving={**SERVING, "digest": digest}, proxy_outages=outages)
    notes = plan_service(here, {**WANTED, "proxy_image": "sha256:new"}, SERVICE).notes
    assert notes[-1] == f"the proxy is replaced: expected outage: {seconds}, once it has answered what it was asked"


def test_a_first_deploy_replaces_no_proxy() -> None:
    assert not [note for note in plan_service(facts(settings={}), WANTED, SERVICE).notes if "proxy" in note]


SENTENCES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "pinned": (
        {"serving": SERVING, "pinned": 2},
        ("release 2 is pinned by a rollback; left alone until: ocrfleet unpin lab",),
    ),
    "stopped": (
        {"serving": SERVING, "stopped": True},
        ("the service was stopped on purpose; left alone until: ocrfleet start lab",),
    ),
    "repair": ({"serving": SERVING, "drift": ["a", "b"]}, ("changed by hand: a", "changed by hand: b")),
    "first": ({}, (NOTHING, "expected outage: none; nothing is serving now")),
    "room": (
        {"serving": OTHER},
        (
            "start-first: 64.0 GiB system memory free, 0.5 needed, 0.5 kept in reserve",
            "expected outage: none; the old release answers until the new one has passed its gate",
        ),
    ),
    "no room, known outages": (
        {"serving": OTHER, "memory": TIGHT, "outages": [10.0, 30.0, 20.0]},
        (
            "stop-first: 0.6 GiB system memory free, 0.5 needed, 0.5 kept in reserve",
            "expected outage: about 20 s (median of the last 3 here)",
        ),
    ),
    "no room, known starts": (
        {"serving": OTHER, "memory": TIGHT, "ready": [41.0]},
        (
            "stop-first: 0.6 GiB system memory free, 0.5 needed, 0.5 kept in reserve",
            "expected outage: at least 53 s, the time a release takes to get ready here and must then stay so",
        ),
    ),
    "no room, nothing known": (
        {"serving": OTHER, "memory": TIGHT},
        (
            "stop-first: 0.6 GiB system memory free, 0.5 needed, 0.5 kept in reserve",
            "expected outage: not known; no release has started on this host yet",
        ),
    ),
}


@pytest.mark.parametrize(("changes", "notes"), SENTENCES.values(), ids=SENTENCES.keys())
def test_a_plan_says_why_and_what_it_costs(changes: dict[str, Any], notes: tuple[str, ...]) -> None:
    assert plan_service(facts(**changes), WANTED, SERVICE).notes == notes


OUTAGES = {"first": 0.0, "room": 0.0, "no room, known outages": 20.0, "no room, known starts": 53.0, "repair": 0.0}


@pytest.mark.parametrize("case", SENTENCES)
def test_a_plan_tells_programs_the_outage_too(case: str) -> None:
    unknown = None if case == "no room, nothing known" else 0.0
    assert plan_service(facts(**SENTENCES[case][0]), WANTED, SERVICE).outage_seconds == OUTAGES.get(case, unknown)


def plan(here: Facts, bases: tuple[str, ...] = (BASE,)) -> Any:
    return plan_image(here, host="lab", name="engine", context="c" * 64, bases=bases)
