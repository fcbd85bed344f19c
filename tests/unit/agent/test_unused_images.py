"""Images built here that no release runs go; what a deploy to come may need, and what others made, stays."""

from __future__ import annotations

import os
from typing import Any

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.home import to_json
from ocrfleet.agent.leftovers import DAY, HOUR
from tests.unit.agent.builds import run
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

GB = 10**9
ROOMY, FULL = 0.0, 10_000.0


def built(host: Host, mark: str, age: float, name: str = "engine") -> str:
    """An image of 10 GB that a build left `age` seconds ago; its reference."""
    reference, lock = f"ocrfleet/lab-{name}:{mark}", host.home.build_lock(mark)
    host.docker.images[reference] = f"sha256:{mark}"
    host.docker.sizes[f"sha256:{mark}"] = 10 * GB
    lock.touch()
    os.utime(lock, (host.world.now() - age,) * 2)
    return reference


def gone(host: Host, floor: float = ROOMY) -> list[str]:
    """The images that a prune removes."""
    before = {*host.docker.images}
    told = host.job("prune", keep=3, floor_gib=floor)
    assert told["code"] == 0
    images: list[str] = told["result"]["images"]
    assert {*images} == before - {*host.docker.images}
    return images


def planned(host: Host, floor: float = ROOMY) -> list[dict[str, Any]]:
    """The images that a prune would remove."""
    told: list[dict[str, Any]] = host.ask("prunable", keep=3, floor_gib=floor)["result"]["images"]
    return told


def test_an_image_whose_deploy_was_refused_goes_a_day_after_its_build(serving: Host) -> None:
    old = built(serving, "old", DAY + 1)
    built(serving, "new", DAY - 60)
    assert planned(serving) == [{"image": old, "why": "unused", "frees_bytes": 10 * GB}]
    assert gone(serving) == [old]
    assert serving.unrest() == []


def test_on_a_nearly_full_disk_they_go_at_once_but_for_the_last_of_each_name(serving: Host) -> None:
    refused = [built(serving, mark, HOUR * (9 - index)) for index, mark in enumerate("abcde")]
    proxy = built(serving, "f", 8 * HOUR, name="proxy")
    assert planned(serving, FULL) == [{"image": one, "why": "disk", "frees_bytes": 10 * GB} for one in refused[:-1]]
    assert gone(serving, FULL) == refused[:-1]
    assert {refused[-1], proxy} < {*serving.docker.images}


def test_no_more_of_them_go_than_give_room_and_they_go_before_a_release_does(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
        host.docker.sizes[f"sha256:{image}"] = 10 * GB
    host.outside.disk = 100 * GB
    refused = [built(host, mark, HOUR * (9 - index)) for index, mark in enumerate("abc")]
    floor = 45 * GB / 1024**3
    told = host.ask("prunable", keep=3, floor_gib=floor)["result"]
    assert ([one["image"] for one in told["images"]], told["prune"]) == (refused[:1], [])
    assert told["frees_bytes"] == 10 * GB
    assert gone(host, floor) == refused[:1]
    assert host.states == {1: "good", 2: "good", 3: "good"}


def test_the_proxy_that_other_settings_replaced_goes_a_day_after_its_build(serving: Host) -> None:
    built(serving, "new", HOUR, name="proxy")
    before = serving.docker.images["ocrfleet/lab-proxy:old"] = serving.docker.images.pop("ocrfleet/lab-proxy:1")
    assert gone(serving) == []
    serving.deploy({**wanted("one"), "proxy_image": "sha256:new"})
    assert before not in serving.docker.images.values(), "each deploy prunes"
    assert serving.unrest() == []


def test_what_outlives_a_destroy_goes_a_day_later(serving: Host) -> None:
    engine = built(serving, "e", DAY + 1)
    serving.deploy(wanted("e"))
    assert gone(serving) == []
    assert "result" in serving.ask("destroy", owner=OWNER)
    assert gone(serving) == [engine]


def test_the_images_of_every_kept_release_stay_however_old_they_are_and_however_full_the_disk(host: Host) -> None:
    for image in ("one", "two"):
        built(host, image, 9 * DAY)
        host.deploy(wanted(image))
    assert gone(host, FULL) == []
    assert host.unrest() == []


def test_no_image_goes_where_it_is_not_known_what_a_release_runs(serving: Host) -> None:
    built(serving, "old", 9 * DAY)
    (serving.home.release(1) / "manifest.json").write_text("torn")
    assert gone(serving, FULL) == []


def test_no_image_goes_while_another_one_is_built(serving: Host) -> None:
    old, job = built(serving, "old", 9 * DAY), serving.home.job("work")
    job.mkdir()
    (job / "job.json").write_bytes(to_json({"key": "work", "what": "build engine", "since": 1.0}))
    with locks.hold(serving.world, job / "lock", {}):
        assert gone(serving, FULL) == []
    assert gone(serving) == [old]


def test_an_image_that_was_asked_for_again_is_as_new(ready: Host) -> None:
    reference = run(ready)["reference"]
    lock = ready.home.build_lock(reference.rpartition(":")[2])
    os.utime(lock, (ready.world.now() - 9 * DAY,) * 2)
    run(ready)
    assert ready.world.now() - lock.stat().st_mtime < DAY
    assert gone(ready) == []
    os.utime(lock, (ready.world.now() - 9 * DAY,) * 2)
    assert gone(ready) == [reference]
    assert not lock.exists()


@pytest.mark.parametrize(
    "reference",
    ["debian:12", "ocrfleet/other-engine:1", "ocrfleet/lab-two-engine:1", "registry/ocrfleet/lab-engine:1"],
)
def test_what_is_not_of_this_host_stays(serving: Host, reference: str) -> None:
    serving.docker.images[reference] = "sha256:theirs"
    assert gone(serving, FULL) == []


def test_an_image_of_ours_to_which_somebody_gave_a_name_stays(serving: Host) -> None:
    built(serving, "old", 9 * DAY)
    serving.docker.images["kept/by-hand:1"] = "sha256:old"
    assert gone(serving) == []


def test_an_image_of_ours_that_lost_its_name_goes_by_the_one_it_had(serving: Host) -> None:
    old = built(serving, "old", 9 * DAY)
    serving.docker.nameless[serving.docker.images.pop(old)] = old
    assert serving.job("prune", keep=3)["result"]["images"] == [old]
    assert serving.docker.nameless == {}


def test_an_image_docker_does_not_let_go_of_is_left_and_the_others_go(serving: Host) -> None:
    used, other = built(serving, "used", 9 * DAY), built(serving, "other", 9 * DAY)
    theirs = serving.docker.add("debugging", "sha256:used")
    assert gone(serving) == [other]
    del serving.docker.boxes[theirs.id]
    assert gone(serving) == [used]


def test_where_docker_does_not_list_its_images_the_releases_go_nevertheless(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    built(host, "old", 9 * DAY)
    host.world.break_on("docker images")
    told = host.job("prune", keep=2, floor_gib=ROOMY)["result"]
    assert (told["pruned"], told["images"]) == ([1], [])


def test_a_prune_that_removes_an_image_alone_is_written_down(serving: Host) -> None:
    built(serving, "old", 9 * DAY)
    gone(serving)
    (line,) = serving.site.audit.lines(last=1)
    assert (line["what"], line["outcome"]) == ("prune", "pruned")
