"""A swap whose process died is finished: forwards when it had committed, backwards otherwise."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from ocrfleet.agent.errors import NotRestored, Refused
from ocrfleet.agent.journal import Entry
from ocrfleet.agent.releases import CANDIDATE
from ocrfleet.agent.restore import recover
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted

DIES_AT = {
    "before the candidate was created": "docker create",
    "before the candidate was started": "docker start",
    "while the candidate was judged": "POST /v1/chat",
    "while the proxy was changed": "docker exec",
    "before requests were switched": "save upstream",
    "before the commit": "save state.json",
}


def dies(host: Host, call: str, strategy: str = STOP_FIRST, **more: Any) -> None:
    """Deploy the image two, and lose the process at a call."""
    host.world.break_on(call, "die")
    wish = wanted("two", cutover__strategy=strategy, proxy__caddyfile="http://:8080 # two\n", **more)
    with suppress(Died):
        host.job("deploy", wanted=wish, owner=OWNER)
    host.crash()


@pytest.mark.parametrize("strategy", [START_FIRST, STOP_FIRST])
@pytest.mark.parametrize("when", DIES_AT)
def test_what_served_before_serves_again(serving: Host, strategy: str, when: str) -> None:
    dies(serving, DIES_AT[when], strategy)
    recover(serving.site)
    assert serving.unrest() == []
    assert (serving.serves(), serving.engines()) == (1, [1])


def test_a_candidate_that_was_never_created_is_recorded_as_failed(serving: Host) -> None:
    dies(serving, "docker create")
    recover(serving.site)
    assert serving.release(2).state == "failed"
    assert serving.release(2).container is None
    assert serving.release(2).reason == "the job ended at step prepared without a result"


def test_nothing_is_done_where_no_swap_is_open(serving: Host) -> None:
    serving.world.calls.clear()
    recover(serving.site)
    assert serving.world.calls == []


def test_a_swap_whose_commit_was_saved_is_finished_forwards(serving: Host) -> None:
    """The power went between the state and its record in the journal."""
    serving.deploy(wanted("two"))
    serving.site.journal.write(serving.site.journal.entries()[0].at("drained"))
    serving.site.releases.save(serving.release(2).but(state=CANDIDATE))
    recover(serving.site)
    assert serving.steps[-1] == "committed"
    assert serving.unrest() == []
    assert serving.states == {1: "good", 2: "good"}


def test_a_rollback_to_what_was_stopped_on_purpose_is_not_taken_for_committed(serving: Host) -> None:
    """The state names the release already, but not because of this swap."""
    serving.site.journal.write(Entry("1@9", "gated", to=1, previous=None, strategy=START_FIRST, boot="boot-1"))
    recover(serving.site)
    assert serving.steps[-1] == "restored"
    assert serving.release(1).state == "good"


def test_nothing_is_lost_when_docker_is_away_during_the_restore(serving: Host) -> None:
    dies(serving, "POST /v1/chat")
    serving.docker.away = True
    with pytest.raises(NotRestored, match="Cannot connect to the Docker daemon"):
        recover(serving.site)
    assert serving.site.journal.unfinished() is not None
    serving.docker.away = False
    recover(serving.site)
    assert serving.unrest() == []


def test_a_client_that_says_nothing_does_not_mean_that_there_is_no_container(serving: Host) -> None:
    """A killed docker client has no output at all."""
    dies(serving, "POST /v1/chat")
    serving.docker.mute = True
    with pytest.raises(NotRestored):
        recover(serving.site)
    serving.docker.mute = False
    recover(serving.site)
    assert serving.box(1).starts == 2


def test_requests_wait_while_the_old_release_gets_ready_again(serving: Host) -> None:
    dies(serving, "POST /v1/chat")
    serving.image("one", Behaviour(listens_at=4.0))
    serving.world.pointed.clear()
    recover(serving.site)
    assert serving.world.pointed == [serving.release(1).address]
    assert serving.outside.seconds - serving.box(1).started_at >= 4


def test_who_cannot_wait_long_for_the_old_release_goes_on_after_its_time(serving: Host) -> None:
    dies(serving, "POST /v1/chat")
    serving.image("one", Behaviour(health=((0.0, 503),)))
    began = serving.outside.seconds
    recover(serving.site, wait=2.0)
    assert serving.outside.seconds - began < 6
    assert serving.said[-1].startswith("release 1 was started again, but: ")


def test_who_cannot_wait_long_looks_a_second_time_no_longer(serving: Host) -> None:
    dies(serving, "POST /v1/chat")
    serving.image("one", Behaviour(health=((0.0, 503),)))
    box, began = serving.box(1), serving.outside.seconds
    serving.outside.at(began + 3, lambda: setattr(box, "running", False))
    recover(serving.site, wait=4.0)
    assert box.starts >= 2
    assert serving.outside.seconds - began < 12


def test_a_record_that_does_not_fit_on_the_disk_does_not_make_the_restore_fail(serving: Host) -> None:
    dies(serving, "POST /v1/chat", START_FIRST)
    serving.world.full = True
    recover(serving.site)
    assert serving.serves() == 1
    assert "the end of the swap to release 2 could not be recorded yet" in serving.said[-1]
    serving.world.full = False
    serving.guard()
    assert serving.unrest() == []


def test_a_dead_swap_is_finished_before_the_next_deploy(serving: Host) -> None:
    dies(serving, "docker start")
    assert serving.deploy(wanted("three"))["release"] == 3
    assert serving.unrest() == []
    assert serving.states == {1: "good", 2: "failed", 3: "good"}


def test_a_swap_that_cannot_be_restored_does_not_keep_a_good_release_out(serving: Host) -> None:
    dies(serving, "POST /v1/chat")
    serving.home.secret("v1", "api-key").unlink()
    serving.secret("api-key", "v2", "n" * 32)
    assert serving.deploy({**wanted("three"), "secrets": {"api-key": "v2"}})["release"] == 3
    assert serving.unrest() == []
    assert "could not be restored: an API key is not on this host any more" in " ".join(serving.said)


def test_no_swap_begins_beside_an_engine_that_cannot_be_stopped(serving: Host) -> None:
    dies(serving, "POST /v1/chat", START_FIRST)
    serving.docker.stubborn.add("sha256:two")
    with pytest.raises(Refused, match="should not run and does not let itself be stopped"):
        serving.deploy(wanted("three"))
    assert serving.serves() == 1
    serving.docker.stubborn.clear()
    serving.guard()
    assert serving.unrest() == []


@pytest.mark.parametrize("verb", ["stop", "start", "prune"])
def test_an_unfinished_swap_is_finished_before_anything_else_is_done(serving: Host, verb: str) -> None:
    dies(serving, "POST /v1/chat")
    assert "result" in serving.ask(verb, keep=3)
    assert serving.site.journal.unfinished() is None
    assert serving.engines() == ([] if verb == "stop" else [1])
