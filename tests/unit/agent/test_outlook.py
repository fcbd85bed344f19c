"""What a deploy would meet is told beforehand, and looking changes nothing."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.jobs import Job, Jobs
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import COMMIT, REPO
from tests.unit.agent.tasks import ended
from tests.unit.agent.wanted import OWNER, wanted
from tests.unit.agent.weights import get

GIB = 1024**3


def outlook(host: Host, image: str | None = "sha256:one", owner: dict[str, str] = OWNER, **changes: Any) -> Any:
    answer = host.ask("outlook", service=wanted(**changes)["service"], owner=owner, image=image)
    return answer["result"]


def test_a_host_that_would_take_it_says_so(serving: Host) -> None:
    serving.docker.sizes["sha256:one"] = 3 * GIB
    assert outlook(serving) == {
        "refused": None,
        "peak_gib": None,
        "disk": {"free_gib": 462.66, "floor_gib": 5.0, "image_gib": 3.0, "model_gib": 0.0},
        "kept": [1],
        "going": [],
    }


def test_an_empty_host_has_nothing_to_tell_by(host: Host) -> None:
    told = outlook(host, None)
    assert (told["disk"]["image_gib"], told["kept"], told["going"], told["peak_gib"]) == (None, [], [], None)


def test_what_would_be_refused_is_told_with_what_to_do(serving: Host) -> None:
    assert outlook(serving, owner={"project": "ocr", "stack": "attic"})["refused"] == {
        "failed": "this host belongs to the stack ocr/spark; you are ocr/attic",
        "next": "use the stack ocr/spark, or `pulumi destroy` there first",
    }


def test_the_most_memory_that_was_seen_of_the_image_is_told(host: Host) -> None:
    host.outside.behaviours["sha256:one"] = Behaviour(holds_gib=12.5)
    host.deploy(wanted("one"))
    assert (outlook(host)["peak_gib"], outlook(host, "sha256:two")["peak_gib"]) == (12.5, None)


def test_what_a_deploy_keeps_is_what_is_kept_after_it(serving: Host) -> None:
    serving.deploy(wanted("two", keep=2))
    told = outlook(serving, keep=2)
    assert (told["kept"], told["going"]) == ([2], [1])
    serving.deploy(wanted("three", keep=2))
    assert serving.states == {1: "pruned", 2: "good", 3: "good"}


def test_looking_changes_nothing(serving: Host) -> None:
    before = serving.photograph()
    outlook(serving)
    assert serving.photograph().files == before.files


def test_where_docker_does_not_answer_that_is_the_refusal(serving: Host) -> None:
    serving.docker.away = True
    told = outlook(serving)
    assert told["refused"]["failed"].startswith("the Docker engine does not answer: ")
    assert told["disk"] == {"free_gib": None, "floor_gib": None, "image_gib": None, "model_gib": 0.0}


MODEL: dict[str, Any] = {"model": {"repo": REPO, "revision": COMMIT}}


def test_a_model_that_is_to_be_fetched_takes_room_whose_size_is_not_known_exactly(serving: Host) -> None:
    told = outlook(serving, **MODEL)
    assert (told["disk"]["model_gib"], told["refused"]) == (8.0, None)
    get(serving)
    assert outlook(serving, **MODEL)["disk"]["model_gib"] == 0.0


def test_a_model_that_the_disk_cannot_take_is_a_refusal_foretold(serving: Host) -> None:
    serving.outside.disk = 8 * GIB
    assert outlook(serving, **MODEL)["refused"] == {
        "failed": f"the model {REPO} takes about 8.0 GiB, 8.0 GiB of the disk are free and 0.8 of them stay so",
        "next": "ocrfleet prune lab --plan tells what can go; or make room on the host (df -h tells where)",
    }
    get(serving)
    assert outlook(serving, **MODEL)["refused"] is None


def test_what_a_fetch_at_work_has_taken_of_the_disk_is_no_refusal(serving: Host) -> None:
    serving.outside.disk = 8 * GIB
    job = Job("1a2b3c", "fetch", "ana@mac")
    Jobs(serving.world, serving.home).begin(job, lambda: outlook(serving, **MODEL), lambda _: {})
    assert ended(serving.home.job(job.key))["result"]["refused"] is None
