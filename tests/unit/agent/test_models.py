"""A deploy needs its model whole; models that no release runs go, others never."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.models import folder_of, known, record_of
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import COMMIT, FILES, MODEL, REPO, WEIGHTS
from tests.unit.agent.wanted import OWNER, wanted
from tests.unit.agent.weights import SERVED, get, is_whole

# Files of these tests are as old as the tests; the time of the host is moved beyond them.
YEAR = 366 * 86400.0
OTHER = {"repo": REPO, "revision": "d" * 40}


def with_model(image: str = "two", **changes: Any) -> dict[str, Any]:
    return wanted(image, model=SERVED, **changes)


def test_a_fetch_is_a_job_that_is_told_and_can_be_followed(serving: Host) -> None:
    serving.outside.hub.token = "hf_canary"
    serving.secret("hub-token", "build-1", "hf_canary")
    ended = serving.job("fetch", model={**MODEL, "token": "build-1"})
    assert ended == {"code": 0, "result": {"fetched": sum(map(len, FILES.values()))}}
    (job,) = (one for one in serving.ask("jobs")["result"]["jobs"] if one["what"] == f"fetch {REPO}")
    told = serving.site.audit.lines(last=1)[0]
    assert (told["what"], told["who"], told["outcome"], told["job"]) == (
        f"fetch {REPO}",
        "ana@mac",
        "fetched",
        job["key"],
    )
    written = [path.read_text(errors="replace") for path in serving.home.root.rglob("*") if path.is_file()]
    assert "hf_canary" not in "".join(written)


def test_a_fetch_of_what_is_there_is_no_change(serving: Host) -> None:
    get(serving)
    assert serving.job("fetch", model=MODEL)["result"] == {"fetched": 0}
    assert not [line for line in serving.site.audit.lines(last=9) if line["what"].startswith("fetch")]


def test_a_fetch_disturbs_no_swap_and_waits_for_none(serving: Host) -> None:
    with serving.alone():
        assert serving.job("fetch", model=MODEL)["code"] == 0


def test_a_deploy_without_its_model_is_refused_before_anything_is_stopped(serving: Host) -> None:
    serving.world.calls.clear()
    with pytest.raises(Refused, match=r"acme/reader at cccccccccccc is not whole on this host: it was not fetched yet"):
        serving.deploy(with_model())
    assert not [call for call in serving.world.calls if call.startswith(("docker stop", "docker create"))]
    assert serving.unrest() == []


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_bytes(b"x"), "has 1 bytes, not 10240"),
        (lambda path: path.touch(), "was changed since"),
    ],
)
def test_a_deploy_with_a_damaged_model_is_refused(serving: Host, damage: Any, why: str) -> None:
    get(serving)
    damage(folder_of(serving.home, REPO, COMMIT) / WEIGHTS)
    with pytest.raises(Refused, match=why):
        serving.deploy(with_model())


def test_a_deploy_with_its_model_goes_through_and_a_rollback_needs_its_own(serving: Host) -> None:
    get(serving)
    serving.deploy(with_model())
    serving.deploy(wanted("three"))
    (folder_of(serving.home, REPO, COMMIT) / WEIGHTS).unlink()
    with pytest.raises(Refused, match="is gone"):
        serving.rollback(2)
    assert serving.serves() == 3


def test_facts_tell_of_every_model(serving: Host) -> None:
    get(serving)
    assert serving.ask("facts")["result"]["models"] == {f"{REPO}@{COMMIT}": None}
    (folder_of(serving.home, REPO, COMMIT) / "config.json").unlink()
    assert known(serving.home) == {f"{REPO}@{COMMIT}": "config.json is gone"}


def forgotten(host: Host) -> Path:
    """A model that no release runs."""
    folder = folder_of(host.home, **OTHER)
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(b"w")
    record_of(folder).write_text(json.dumps({**OTHER, "files": []}))
    return folder


def prune(host: Host, keep: int = 3) -> list[str]:
    """The models that went."""
    ended = host.job("prune", keep=keep, floor_gib=0.0)
    assert ended["code"] == 0
    models: list[str] = ended["result"]["models"]
    return models


def planned(host: Host, keep: int = 3) -> dict[str, Any]:
    """What a prune would do."""
    told: dict[str, Any] = host.ask("prunable", keep=keep, floor_gib=0.0)["result"]
    return told


def test_a_model_of_a_release_that_is_kept_stays_and_a_forgotten_one_goes(serving: Host) -> None:
    get(serving)
    serving.deploy(with_model())
    serving.deploy(wanted("three"))
    folder = forgotten(serving)
    assert prune(serving) == []
    assert folder.exists(), "it was fetched today"
    serving.outside.wait(YEAR)
    assert prune(serving) == [f"acme--reader/{OTHER['revision']}"]
    assert is_whole(serving)
    assert not folder.exists()
    assert not record_of(folder).exists()


def test_a_model_goes_a_day_after_the_last_release_that_ran_it(serving: Host) -> None:
    get(serving)
    serving.deploy(with_model(keep=1))
    for image in ("three", serving.image("four").removeprefix("sha256:")):
        serving.deploy(wanted(image, keep=1))
    assert is_whole(serving)
    serving.outside.wait(YEAR)
    prune(serving, keep=1)
    assert known(serving.home) == {}


def test_a_plan_names_the_models_that_go_with_their_last_release_and_removes_none(serving: Host) -> None:
    get(serving)
    serving.deploy(with_model(keep=9))
    for image in ("three", serving.image("four").removeprefix("sha256:")):
        serving.deploy(wanted(image, keep=9))
    folder = forgotten(serving)
    assert planned(serving, keep=1)["models"] == [], "they were fetched today"
    serving.outside.wait(YEAR)
    record = record_of(folder).stat().st_size
    (other,) = planned(serving, keep=9)["models"]
    assert other == {"model": f"acme--reader/{OTHER['revision']}", "frees_bytes": 1 + record}
    told = planned(serving, keep=1)
    ours = next(one for one in told["models"] if one["model"] == f"acme--reader/{COMMIT}")
    assert ours["frees_bytes"] > sum(map(len, FILES.values()))
    images = sum(one["frees_bytes"] for one in told["prune"])
    assert told["frees_bytes"] == images + ours["frees_bytes"] + other["frees_bytes"]
    assert folder.exists()
    assert is_whole(serving)
    assert prune(serving, keep=1) == [one["model"] for one in told["models"]]


def test_a_prune_that_removes_a_model_alone_is_written_down(serving: Host) -> None:
    forgotten(serving)
    serving.outside.wait(YEAR)
    prune(serving)
    (line,) = serving.site.audit.lines(last=1)
    assert (line["what"], line["outcome"]) == ("prune", "pruned")


def test_no_model_goes_where_it_is_not_known_what_a_release_runs(serving: Host) -> None:
    folder = forgotten(serving)
    (serving.home.release(1) / "manifest.json").write_text("torn")
    serving.outside.wait(YEAR)
    prune(serving)
    assert folder.exists()


def test_what_is_destroyed_keeps_its_models(serving: Host) -> None:
    get(serving)
    serving.deploy(with_model())
    assert "result" in serving.ask("destroy", owner=OWNER)
    assert is_whole(serving)
