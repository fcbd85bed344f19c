"""What an engine says of itself is read alike from clients of every age, also where no engine answers."""

from __future__ import annotations

import json

import pytest

from ocrfleet.agent.daemon import Daemon
from ocrfleet.agent.world import Done

AWAY = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"


def told(**said: object) -> str:
    """What a client prints."""
    return json.dumps({"ServerVersion": "28.1", "DockerRootDir": "/data", "SecurityOptions": [], **said}) + "\n"


def test_an_engine_that_answers_can_be_used() -> None:
    found = Daemon.of(Done(0, told(), "WARNING: no swap limit support"))
    assert (found, found.major) == (Daemon("28.1", "/data", None), 28)


@pytest.mark.parametrize(
    "done",
    [
        Done(0, json.dumps({"ServerErrors": [AWAY], "ClientInfo": {}}), ""),
        Done(1, json.dumps({"ServerErrors": [AWAY], "ClientInfo": {}}), f"errors pretty printing info\n{AWAY}"),
        Done(1, "", f"{AWAY}\n"),
    ],
)
def test_an_engine_that_is_away_is_told_in_the_client_s_own_words(done: Done) -> None:
    assert Daemon.of(done).problem == f"the Docker engine does not answer: {AWAY}"


@pytest.mark.parametrize("done", [Done(0, "", ""), Done(137, "", ""), Done(0, "null", ""), Done(0, "{half", "")])
def test_an_answer_that_says_nothing_is_no_answer(done: Done) -> None:
    assert Daemon.of(done).problem == "the Docker engine does not answer: no reason"


def test_a_host_without_docker_and_one_without_root_are_told_apart() -> None:
    assert Daemon.of(Done(127, "", "sh: docker: not found")).problem == "there is no docker command on the host"
    rootless = Daemon.of(Done(0, told(SecurityOptions=["name=seccomp,profile=builtin", "name=rootless"]), ""))
    assert "rootless" in str(rootless.problem)


def test_a_version_that_is_no_number_is_no_number() -> None:
    assert Daemon.of(Done(0, told(ServerVersion="dev"), "")).major is None
