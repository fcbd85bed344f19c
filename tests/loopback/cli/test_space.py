"""Giving a disk room again: what would go is said before, what went afterwards."""

from typing import Any

import pytest

from tests.loopback.cli.terminal import Ocrfleet, job
from tests.unit.remote.fixtures import FakeAgent

PRUNABLE = {
    "prune": [
        {"release": 1, "state": "good", "why": "count", "frees_bytes": 10_000_000_000},
        {"release": 2, "state": "failed", "why": "disk", "frees_bytes": 0},
    ],
    "images": [
        {"image": "ocrfleet/lab-engine:aaaa", "why": "unused", "frees_bytes": 4_000_000_000},
        {"image": "ocrfleet/lab-engine:bbbb", "why": "disk", "frees_bytes": 3_000_000_000},
    ],
    "models": [{"model": "acme--reader/cccc", "frees_bytes": 6_700_000_000}],
    "frees_bytes": 23_700_000_000,
    "disk_free_gib": 3.2,
    "floor_gib": 5.0,
    "keep": 3,
}


def test_the_plan_of_a_prune_says_what_would_go_and_why(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["prunable"] = lambda _: PRUNABLE
    assert ocrfleet("prune", "lab", "--plan").out.splitlines() == [
        "lab: release 1 (good) would go, because there are newer ones: 10.0 GB",
        "lab: release 2 (failed) would go, because the disk is nearly full: 0.0 GB",
        "lab: image ocrfleet/lab-engine:aaaa would go, because no release runs it: 4.0 GB",
        "lab: image ocrfleet/lab-engine:bbbb would go, because the disk is nearly full: 3.0 GB",
        "lab: model acme--reader/cccc would go, because no release that stays runs it: 6.7 GB",
        "lab: 5 would go, which frees at least 23.7 GB; 3.2 GiB of the disk are free, 5.0 GiB are to stay so",
    ]
    assert agent.calls[0][1].items() >= {"keep": 3, "floor_gib": None}.items()
    assert ocrfleet("prune", "lab", "--plan", "--json").json == {"host": "lab", **PRUNABLE}


def test_the_plan_of_a_prune_with_nothing_to_do(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    nothing = {"prune": [], "images": [], "models": [], "frees_bytes": 0, "disk_free_gib": None}
    agent.verbs["prunable"] = lambda _: {**PRUNABLE, **nothing}
    said = "lab: nothing would go; how much of the disk is free is not known, 5.0 GiB are to stay so\n"
    assert ocrfleet("prune", "lab", "--plan").out == said


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ({"pruned": [1, 2]}, "pruned release 1, release 2"),
        (
            {"pruned": [1], "images": ["lab:a"], "models": ["acme--reader/cccc"]},
            "pruned release 1, image lab:a, model acme--reader/cccc",
        ),
        ({"images": ["lab:a"]}, "pruned image lab:a"),
        ({"models": ["acme--reader/cccc"]}, "pruned model acme--reader/cccc"),
        ({}, "there was nothing to prune"),
    ],
)
def test_a_prune_is_a_job_and_says_what_went(
    ocrfleet: Ocrfleet, agent: FakeAgent, gone: dict[str, Any], said: str
) -> None:
    result = {"pruned": [], "images": [], "models": [], **gone, "disk_free_gib": 70.0}
    agent.verbs.update({**job(**result), "prune": lambda _: {"job": "k", "state": "started"}})
    ran = ocrfleet("prune", "lab", "--floor", "20", "--wait", "9")
    assert ran.out == f"lab: {said}; 70.0 GiB of the disk are free\n"
    assert agent.calls[0][1].items() >= {"keep": 3, "floor_gib": 20.0, "wait": 9.0}.items()
    assert ocrfleet("prune", "lab", "--json").json == {"host": "lab", **result}
