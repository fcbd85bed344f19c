"""Whatever ends a change that `pre-deploy` agreed to, one of the other hooks hears how it ended."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.agent.hooks import HOOKS
from ocrfleet.agent.world import Done
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

STOP = SystemExit("asked to stop (SIGTERM)")
NO_SPACE = OSError(28, "No space left on device")
GONE = "docker ps --no-trunc exited with 1: Cannot connect to the Docker daemon"


@pytest.fixture
def hooked(serving: Host) -> Host:
    """A host where releases 1 and 2 serve one after the other, with every hook."""
    serving.deploy(wanted("two"))
    serving.hook(*HOOKS)
    return serving


def deploy(host: Host) -> dict[str, Any]:
    return host.job("deploy", wanted=wanted("three"), owner=OWNER)


def called(host: Host) -> list[str]:
    return [told["hook"] for told in host.world.hooked]


def dies(host: Host, call: str) -> None:
    """Lose the process of a deploy at a call."""
    host.world.break_on(call, "die")
    assert deploy(host)["code"] == -1
    host.crash()


def test_docker_that_goes_before_the_swap_refuses_the_deploy_and_the_owner_hears_of_it(hooked: Host) -> None:
    hooked.world.break_on("docker ps --no-trunc", "away")
    ended = deploy(hooked)
    assert ended["error"].pop("failed").startswith(f"the change could not be begun: {GONE}")
    assert ended["error"].pop("serving").startswith("release 2 since")
    assert ended["error"] == {"code": 10, "changed": "nothing", "next": "ocrfleet doctor lab"}
    assert called(hooked) == ["pre-deploy", "on-failure"]
    told = hooked.world.hooked[-1]
    assert told.items() >= {"code": 10, "from": 2, "to": 3, "host": "lab", "what": "deploy"}.items()
    assert GONE in told["failed"]


@pytest.mark.parametrize("call", ["save keys.json", "save manifest.json", "save record.json", "save owner.json"])
def test_a_disk_that_breaks_before_the_swap_refuses_the_deploy_and_the_owner_hears_of_it(
    hooked: Host, call: str
) -> None:
    hooked.home.owner.unlink()
    hooked.home.keys.unlink()
    hooked.world.break_on(call, error=NO_SPACE)
    ended = deploy(hooked)
    assert (ended["code"], ended["error"]["changed"]) == (10, "nothing")
    assert ended["error"]["failed"] == f"the change could not be begun: {NO_SPACE}"
    assert called(hooked) == ["pre-deploy", "on-failure"]


@pytest.mark.parametrize("call", ["hook pre-deploy", "save manifest.json", "docker ps --no-trunc"])
def test_an_abort_before_the_swap_is_told_as_the_operator_hears_it(hooked: Host, call: str) -> None:
    hooked.world.break_on(call, error=STOP)
    ended = deploy(hooked)
    assert (ended["code"], ended["error"]["failed"]) == (20, f"deploy was {STOP}")
    told = hooked.world.hooked[-1]
    assert (told["hook"], told["code"], told["failed"], told["to"]) == ("on-failure", 20, f"deploy was {STOP}", 3)


def test_what_nobody_foresaw_is_told_too(hooked: Host) -> None:
    hooked.world.break_on("docker ps --no-trunc", error=ValueError("never seen"))
    assert deploy(hooked)["code"] == 40
    assert [(told["hook"], told.get("code")) for told in hooked.world.hooked][1:] == [("on-failure", 40)]


def test_an_engine_that_should_not_run_and_does_not_end_is_told(hooked: Host) -> None:
    hooked.box(1).running = True
    hooked.docker.stubborn.add("sha256:one")
    assert deploy(hooked)["code"] == 10
    assert called(hooked) == ["pre-deploy", "on-failure"]


def test_a_rollback_that_is_aborted_before_its_swap_is_told(hooked: Host) -> None:
    hooked.world.break_on("docker ps --no-trunc", error=STOP)
    assert hooked.job("rollback")["code"] == 20
    assert [(told["hook"], told["from"], told["to"]) for told in hooked.world.hooked] == [("on-failure", 2, 1)]


def test_where_nobody_was_asked_a_refusal_is_no_failure(hooked: Host) -> None:
    hooked.home.hook("pre-deploy").chmod(0o644)
    hooked.world.break_on("docker ps --no-trunc", "away")
    assert deploy(hooked)["code"] == 10
    assert called(hooked) == []


def test_a_failure_without_a_release_of_its_own_names_none(hooked: Host) -> None:
    ended = hooked.job("deploy", wanted=wanted("two", proxy__caddyfile="BROKEN"), owner=OWNER)
    assert ended["code"] == 20
    assert hooked.world.hooked[-1].items() >= {"hook": "on-failure", "code": 20, "to": None}.items()


def test_a_rollback_that_is_refused_is_no_failure(hooked: Host) -> None:
    hooked.world.break_on("docker ps --no-trunc", "away")
    assert hooked.job("rollback")["code"] == 10
    assert called(hooked) == []


def test_a_hook_that_cannot_be_called_did_not_agree(hooked: Host) -> None:
    hooked.world.break_on("hook pre-deploy", error=OSError("not a program"))
    ended = deploy(hooked)
    assert (ended["code"], ended["error"]["failed"]) == (10, "the hook pre-deploy could not be called: not a program")
    assert not hooked.home.owed.exists()
    assert called(hooked) == []


@pytest.mark.parametrize("call", ["save manifest.json", "docker ps --no-trunc"])
def test_a_deploy_whose_job_died_before_its_swap_is_told_by_the_guard_once(hooked: Host, call: str) -> None:
    dies(hooked, call)
    hooked.guard()
    (told,) = hooked.world.hooked
    assert told.items() >= {"hook": "on-failure", "what": "deploy", "who": "ana@mac", "from": 2, "to": 3}.items()
    assert (told["code"], told["image"]) == (20, "sha256:three")
    assert told["failed"] == "release 3 did not take over: its job ended without a result"


@pytest.mark.parametrize("who", ["guard", "the next job"])
def test_a_swap_whose_job_died_is_told_by_who_restores_it_once(hooked: Host, who: str) -> None:
    dies(hooked, "POST /v1/chat")
    if who == "guard":
        hooked.guard()
    hooked.job("prune", keep=9)
    hooked.guard()
    (told,) = hooked.world.hooked
    assert told.items() >= {"hook": "on-failure", "who": "ana@mac", "from": 2, "to": 3, "code": 20}.items()
    why = "the job ended at step candidate_started without a result"
    assert told["failed"] == f"release 3 did not take over: {why}"


def test_a_swap_that_could_not_be_restored_yet_is_told_at_once_and_never_again(hooked: Host) -> None:
    dies(hooked, "POST /v1/chat")
    hooked.docker.away = True
    hooked.guard(looks=2)
    hooked.docker.away = False
    hooked.guard()
    (told,) = hooked.world.hooked
    assert (told["hook"], told["code"]) == ("on-failure", 30)
    assert "what served before could not be restored: " in told["failed"]
    assert hooked.unrest() == []


def test_what_was_restored_and_is_ill_is_told_as_a_failure_that_lasts(hooked: Host) -> None:
    dies(hooked, "POST /v1/chat")
    hooked.box(2).running = False
    hooked.docker.unstartable.add("sha256:two")
    hooked.guard(looks=1)
    (told,) = hooked.world.hooked
    assert (told["hook"], told["code"]) == ("on-failure", 30)
    assert "release 2 was started again, but: " in told["failed"]


def test_a_failure_that_its_job_did_not_live_to_tell_is_told_with_its_reason(hooked: Host) -> None:
    hooked.docker.unstartable.add("sha256:three")
    dies(hooked, "hook on-failure")
    hooked.guard()
    (told,) = hooked.world.hooked
    assert told["failed"].startswith("release 3 did not take over: docker start")


@pytest.mark.parametrize(("verb", "name"), [("deploy", "post-deploy"), ("rollback", "on-rollback")])
def test_a_release_that_took_over_and_whose_job_died_before_it_told_is_told_so(
    hooked: Host, verb: str, name: str
) -> None:
    hooked.world.break_on(f"hook {name}", "die")
    hooked.job(verb, wanted=wanted("three"), owner=OWNER)
    hooked.crash()
    hooked.guard()
    assert called(hooked) == [name]


def test_a_rollback_to_what_was_stopped_that_died_did_not_take_over(hooked: Host) -> None:
    hooked.job("stop")
    hooked.world.break_on("POST /v1/chat", "die")
    hooked.job("rollback", to=2)
    hooked.crash()
    hooked.guard()
    assert called(hooked) == ["on-failure"]


def test_what_was_told_is_owed_to_nobody(hooked: Host) -> None:
    deploy(hooked)
    hooked.job("rollback")
    hooked.world.hooks["pre-deploy"] = Done(1, "", "")
    deploy(hooked)
    assert not hooked.home.owed.exists()
