"""Stopped on purpose stays stopped, and starts again where it was."""

from __future__ import annotations

import pytest

from ocrfleet.agent import locks
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted


def test_a_stopped_service_has_no_engine_and_holds_requests(serving: Host) -> None:
    assert serving.job("stop") == {"code": 0, "result": {"stopped": 1}}
    assert serving.engines() == []
    assert serving.site.proxy.upstream() == "127.0.0.1"


def test_a_stopped_service_is_not_drift(serving: Host) -> None:
    serving.job("stop")
    facts = serving.ask("facts")["result"]
    assert (facts["stopped"], facts["drift"], facts["serving"]["release"]) == (True, [], 1)


def test_the_end_of_a_message_says_that_it_was_on_purpose(serving: Host) -> None:
    serving.job("stop")
    assert serving.site.serving_sentence().endswith(" UTC (stopped on purpose)")


def test_an_engine_finishes_what_it_was_asked_before_it_is_stopped(serving: Host) -> None:
    serving.image("one", Behaviour(busy_until=serving.outside.seconds - serving.box(1).started_at + 2))
    serving.job("stop")
    assert serving.outside.seconds > 5000 + 2


def test_start_serves_the_same_release_again(serving: Host) -> None:
    serving.job("stop")
    assert serving.job("start") == {"code": 0, "result": {"started": 1}}
    assert serving.unrest() == []
    assert not serving.site.state().stopped


def test_requests_wait_until_the_started_engine_is_healthy(serving: Host) -> None:
    serving.job("stop")
    serving.image("one", Behaviour(listens_at=5.0))
    serving.job("start")
    assert serving.outside.seconds - serving.box(1).started_at > 5
    assert serving.world.pointed[-2:] == ["127.0.0.1", serving.release(1).address]


def test_a_container_that_was_removed_meanwhile_is_made_again(serving: Host) -> None:
    serving.job("stop")
    del serving.docker.boxes[serving.box(1).id]
    assert serving.job("start") == {"code": 0, "result": {"started": 1}}
    assert serving.unrest() == []


def test_start_after_a_reboot_starts_the_proxy_too(serving: Host) -> None:
    serving.job("stop")
    serving.reboot()
    serving.job("start")
    assert serving.unrest() == []


@pytest.mark.parametrize("verb", ["stop", "start"])
def test_doing_it_twice_is_doing_it_once(serving: Host, verb: str) -> None:
    first = serving.job(verb)
    assert serving.job(verb) == first
    assert serving.engines() == ([] if verb == "stop" else [1])


@pytest.mark.parametrize("verb", ["stop", "start"])
def test_where_nothing_was_deployed_it_is_refused(host: Host, verb: str) -> None:
    assert host.job(verb)["error"] == {
        "code": 10,
        "failed": "nothing was ever deployed on this host",
        "serving": "nothing",
        "changed": "nothing",
        "next": "pulumi up -s lab",
    }


def test_an_engine_that_does_not_get_healthy_is_said_and_looked_after(serving: Host) -> None:
    serving.job("stop")
    serving.image("one", Behaviour(exits_at=0.1))
    error = serving.job("start")["error"]
    assert (error["code"], error["serving"]) == (30, "nothing: release 1 did not pass its gate")
    serving.image("one")
    serving.outside.wait(300)
    serving.guard()
    assert serving.unrest() == []


def test_a_container_docker_cannot_start_is_said(serving: Host) -> None:
    serving.job("stop")
    serving.docker.unstartable.add("sha256:one")
    error = serving.job("start")["error"]
    assert error["code"] == 30
    assert "could not select device driver" in error["failed"]


def test_a_deploy_of_something_new_starts_a_stopped_service(serving: Host) -> None:
    serving.job("stop")
    assert serving.deploy(wanted("two"))["release"] == 2
    assert serving.unrest() == []


def test_a_deploy_that_fails_leaves_a_stopped_service_stopped(serving: Host) -> None:
    serving.job("stop")
    serving.image("two", Behaviour(exits_at=0.1))
    assert serving.job("deploy", wanted=wanted("two"), owner=OWNER)["code"] == 20
    serving.guard()
    assert serving.engines() == []
    assert serving.site.proxy.upstream() == "127.0.0.1"


def test_a_stop_that_dies_half_way_is_finished_by_the_next_one(serving: Host) -> None:
    serving.world.break_on("docker stop", "die")
    serving.job("stop")
    serving.crash()
    serving.guard()
    serving.job("stop")
    assert serving.engines() == []


def test_a_proxy_that_ends_at_once_is_said_in_its_own_words(serving: Host) -> None:
    serving.job("stop")
    serving.outside.reboot()
    serving.image("proxy", Behaviour(exits_at=0.0))
    serving.docker.logs["sha256:proxy"] = "Error: listen unix /run/caddy/admin.sock: permission denied\n"
    error = serving.job("start")["error"]
    assert error["code"] == 30
    assert error["failed"].endswith("Connection refused\nError: listen unix /run/caddy/admin.sock: permission denied")


@pytest.mark.parametrize("verb", ["stop", "start"])
def test_it_is_a_job_that_is_joined_by_who_asks_again(serving: Host, verb: str) -> None:
    serving.world.later = []
    first = serving.ask(verb)["result"]
    with locks.hold(serving.world, serving.home.job(first["job"]) / "lock", {}):
        assert serving.ask(verb)["result"] == {"job": first["job"], "state": "joined"}
    assert first["state"] == "started"


def test_a_start_that_is_asked_to_end_leaves_the_rest_to_the_guard(serving: Host) -> None:
    serving.job("stop")
    serving.world.break_on("GET /health", "raise", SystemExit("asked to stop (SIGTERM)"))
    error = serving.job("start")["error"]
    assert (error["code"], error["changed"]) == (30, "release 1 counts as started; the guard goes on trying")
    serving.crash()
    serving.guard()
    assert serving.unrest() == []


def test_a_stop_that_is_asked_to_end_says_that_requests_are_held(serving: Host) -> None:
    serving.world.break_on("docker stop", "raise", SystemExit("asked to stop (SIGTERM)"))
    error = serving.job("stop")["error"]
    assert (error["code"], error["serving"]) == (30, "nothing: requests to release 1 are held")
    serving.world.revive()
    serving.job("stop")
    assert serving.engines() == []


def test_start_lets_the_release_pass_its_gate_again(serving: Host) -> None:
    serving.job("stop")
    serving.image("one", Behaviour(text="something else altogether, and as long"))
    error = serving.job("start")["error"]
    assert error["code"] == 30
    assert "release 1 does not serve again: golden page: character error rate" in error["failed"]


def test_start_is_refused_while_somebody_else_holds_the_memory_and_says_who(serving: Host) -> None:
    serving.job("stop")
    serving.outside.smi, serving.outside.apps = "300", "/usr/bin/blender, 4711, 15000\nXorg, 812, [N/A]\n"
    began = serving.outside.seconds
    error = serving.job("start")["error"]
    assert (error["code"], error["changed"]) == (10, "nothing; the service stays stopped")
    assert error["failed"].endswith("it is held by /usr/bin/blender (process 4711, 14.6 GiB), Xorg (process 812)")
    assert serving.outside.seconds - began < 10
    serving.guard()
    assert (serving.engines(), serving.site.state().stopped) == ([], True)

    serving.outside.smi, serving.outside.apps = "24000", ""
    assert serving.job("start") == {"code": 0, "result": {"started": 1}}
    assert serving.unrest() == []


def test_memory_that_comes_back_a_moment_after_a_stop_is_waited_for(serving: Host) -> None:
    serving.job("stop")
    serving.outside.smi = "300"
    serving.outside.at(serving.outside.seconds + 2, lambda: setattr(serving.outside, "smi", "24000"))
    assert serving.job("start") == {"code": 0, "result": {"started": 1}}


def test_an_engine_that_runs_already_needs_no_more_memory(serving: Host) -> None:
    serving.outside.smi = "300"
    assert serving.job("start") == {"code": 0, "result": {"started": 1}}
