"""The disk a deploy needs, what is kept and what would be refused are said in one sentence each."""

from typing import Any

import pytest

from ocrfleet.plan.outlook import Outlook
from ocrfleet.plan.service import plan_service
from tests.unit.plan.hosts import OUTLOOK, ROOMY, SERVICE, SERVING, WANTED, facts

DISK_NEEDED = "disk: about 12.0 GiB needed (twice the image that serves)"
FIRST = "disk: how much a first image takes is not known"
MODEL, SHORT = (
    "about 8.0 GiB for the model (only its hub knows its true size)",
    "of which 5.0 are to stay so: NOT ENOUGH",
)
DISKS: dict[str, tuple[dict[str, float | None], bool, str]] = {
    "builds": ({}, True, f"{DISK_NEEDED}, 80.0 GiB free"),
    "is there": ({}, False, "disk: nothing to build, 80.0 GiB free"),
    "first": ({"image_gib": None}, True, "disk: how much a first image takes is not known, 80.0 GiB free"),
    "not told": ({"free_gib": None}, False, "disk: nothing to build, how much is free is not known"),
    "just fits": ({"free_gib": 17.0}, True, f"{DISK_NEEDED}, 17.0 GiB free"),
    "a model": ({"model_gib": 8.0}, False, f"disk: {MODEL}, 80.0 GiB free"),
    "a model and an image": ({"model_gib": 8.0}, True, f"{DISK_NEEDED}, {MODEL}, 80.0 GiB free"),
    "a model and a first image": ({"image_gib": None, "model_gib": 8.0}, True, f"{FIRST}, {MODEL}, 80.0 GiB free"),
    "no room for a model": ({"model_gib": 8.0, "free_gib": 12.9}, False, f"disk: {MODEL}, 12.9 GiB free, {SHORT}"),
    "no room for a model and a first image": (
        {"image_gib": None, "model_gib": 8.0, "free_gib": 12.9},
        True,
        f"{FIRST}, {MODEL}, 12.9 GiB free, {SHORT}",
    ),
    "no room for both": (
        {"model_gib": 8.0, "free_gib": 24.9},
        True,
        f"{DISK_NEEDED}, {MODEL}, 24.9 GiB free, {SHORT}",
    ),
    "too little": (
        {"free_gib": 16.9},
        True,
        f"{DISK_NEEDED}, 16.9 GiB free, of which 5.0 are to stay so: NOT ENOUGH",
    ),
}


def ahead(**changes: Any) -> Outlook:
    return Outlook.parse({**OUTLOOK, **changes})


@pytest.mark.parametrize(("disk", "builds", "sentence"), DISKS.values(), ids=DISKS.keys())
def test_the_disk_needed_is_set_against_the_disk_free(
    disk: dict[str, float | None], builds: bool, sentence: str
) -> None:
    assert ahead(disk={**OUTLOOK["disk"], **disk}).notes(builds=builds)[0] == sentence


@pytest.mark.parametrize(
    ("kept", "going", "sentence"),
    [
        ([2, 3], [1], "kept for a rollback: release 2, 3; pruned: release 1"),
        ([2], [], "kept for a rollback: release 2"),
        ([], [], "kept for a rollback: nothing; there is no good release yet"),
    ],
)
def test_what_is_kept_and_what_goes_is_said(kept: list[int], going: list[int], sentence: str) -> None:
    assert ahead(kept=kept, going=going).notes(builds=False)[1] == sentence


@pytest.mark.parametrize(
    ("builds", "image", "needed"), [(False, 6.0, 8.0), (True, 6.0, 20.0), (True, None, None), (False, None, 8.0)]
)
def test_programs_are_told_what_is_needed_with_the_model(*, builds: bool, image: float | None, needed: float) -> None:
    disk = {**OUTLOOK["disk"], "image_gib": image, "model_gib": 8.0}
    assert ahead(disk=disk).needed_gib(builds=builds) == needed


def test_what_would_be_refused_is_said_with_what_to_do() -> None:
    assert ahead().refusal is None
    refused = {"failed": "port 8000 is taken", "next": "free it"}
    assert ahead(refused=refused).refusal == "would be refused: port 8000 is taken; next: free it"


def test_only_a_deploy_has_such_notes() -> None:
    same = plan_service(facts(serving=SERVING, drift=["gone"]), WANTED, SERVICE, ahead())
    assert same.notes == ("changed by hand: gone",)
    other = plan_service(facts(serving={**SERVING, "digest": "x"}), WANTED, SERVICE, ahead())
    assert other.notes[-2:] == ahead().notes(builds=False)
    assert plan_service(facts(), None, SERVICE, ahead()).notes[-2:] == ahead().notes(builds=True)


def test_what_was_measured_of_the_image_decides_the_strategy() -> None:
    other = facts(serving={**SERVING, "digest": "x"}, memory={**ROOMY, "free_gib": 20.0})
    assert plan_service(other, WANTED, SERVICE, ahead()).strategy == "start-first"
    measured = plan_service(other, WANTED, SERVICE, ahead(peak_gib=19.8))
    why = "stop-first: 20.0 GiB system memory free, 19.8 needed as measured, 0.5 kept in reserve"
    assert (measured.strategy, measured.notes[0]) == ("stop-first", why)
