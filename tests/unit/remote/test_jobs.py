"""A job on the host is followed line by line to its end, also when the connection to it ends before."""

from typing import Any

import pytest

from ocrfleet.commands.containers import HOME
from ocrfleet.errors import OcrfleetError, Restored, Unknown, Unreachable
from ocrfleet.remote.agent import Agent
from ocrfleet.remote.pack import pack_agent
from tests.unit.remote.fakes import FakeSession, failed
from tests.unit.remote.fixtures import FakeAgent, Host

PATH = f"{HOME}/agent/{pack_agent().digest}.pyz"
GONE = Unreachable("trial", reason="broken pipe")


def follow(*news: Any, patience: float = 5.0) -> tuple[list[str], dict[str, Any] | BaseException]:
    """Follow a job whose news are these; return its lines and how it ended."""
    lines: list[str] = []
    try:
        return lines, Agent(FakeSession(list(news)), patience=patience).follow("k", lines.append)
    except OcrfleetError as error:
        return lines, error


def running(text: str, offset: int) -> dict[str, Any]:
    return {"state": "running", "text": text, "offset": offset, "exit": None}


def finished(text: str = "", **ended: Any) -> dict[str, Any]:
    return {"state": "finished", "text": text, "offset": 0, "exit": {"code": 0, "result": {}, **ended}}


def test_every_line_of_a_job_comes_once_and_whole_however_it_is_cut() -> None:
    lines, result = follow(running("one\ntw", 6), running("o\n\n", 9), finished("three\nlast", result={"n": 1}))
    assert lines == ["one", "two", "", "three", "last"]
    assert result == {"n": 1}


def test_news_are_asked_for_from_where_the_last_ended() -> None:
    session = FakeSession([running("a\n", 2), running("ü\n", 5), finished()])
    Agent(session).follow("k", print)
    assert [payload["offset"] for payload in session.payloads] == [0, 2, 5]


def test_a_job_that_failed_raises_what_it_reported() -> None:
    error = {"code": 20, "failed": "gate", "serving": "release 2", "changed": "nothing", "next": "fix it"}
    lines, ended = follow(finished("x\n", code=20, error=error))
    assert lines == ["x"]
    assert isinstance(ended, Restored)
    assert str(ended) == "failed:  gate\nserving: release 2\nchanged: nothing\nnext:    fix it"


def test_a_job_that_ended_without_a_result_is_unknown_and_its_last_line_is_told() -> None:
    lines, ended = follow({"state": "lost", "text": "half", "offset": 4, "exit": None})
    assert lines == ["half"]
    assert isinstance(ended, Unknown)
    assert "the job k ended without a result" in ended.failed


def test_a_job_that_was_begun_again_meanwhile_is_followed_from_its_new_first_line() -> None:
    lines, result = follow(
        {**running("one\ntwo\n", 8), "run": 1.0},
        {**running("of another log\n", 23), "run": 2.0},
        {**running("new\n", 4), "run": 2.0},
        {**finished("end\n"), "run": 2.0},
    )
    assert (lines, result) == (["one", "two", "the job k was begun again", "new", "end"], {})


def test_a_lost_connection_is_waited_out_and_nothing_is_told_twice() -> None:
    lines, result = follow(running("one\n", 4), GONE, running("two\n", 8), finished())
    assert (lines, result) == (["one", "two"], {})


def test_a_host_that_stays_away_is_given_up_with_the_way_to_join_again() -> None:
    _, ended = follow(running("one\n", 4), *[GONE] * 9, patience=0.0)
    assert isinstance(ended, Unknown)
    assert "no answer from trial: broken pipe, so it is not known how the job k ended" in ended.failed
    assert "the same command again joins it" in ended.fix
    assert "the job goes on on the host" in ended.changed


def test_an_agent_that_answers_with_an_error_is_not_asked_again() -> None:
    _, ended = follow(failed(code=40))
    assert isinstance(ended, Unknown)
    assert ended.failed == "it broke"


@pytest.mark.parametrize(("state", "first"), [("started", []), ("joined", ["joined the job k, which runs already"])])
def test_a_job_is_begun_or_joined_and_then_followed(state: str, first: list[str]) -> None:
    lines: list[str] = []
    session = FakeSession([{"job": "k", "state": state}, finished("x\n", result={"n": 1})])
    assert Agent(session).work("deploy", {}, lines.append) == {"n": 1}
    assert (session.verbs, lines) == (["deploy", "job"], [*first, "x"])


def test_over_a_real_connection_a_drop_in_the_middle_of_a_job_loses_and_doubles_no_line(host: Host) -> None:
    log = "".join(f"line {number}\n" for number in range(100))
    drops = [2]

    def news(payload: dict[str, Any]) -> dict[str, Any]:
        asked = len(shell.calls)
        if asked in drops:
            host.server.drop()
        offset = payload["offset"]
        text = log[offset : offset + 170]
        return running(text, offset + len(text)) if text else finished()

    shell = host.like.shell = FakeAgent(host.like.root, {"job": news})
    host.file(PATH).write_bytes(pack_agent().content)
    lines: list[str] = []
    with host.remote() as remote:
        remote.agent.follow("k", lines.append)
    assert "\n".join(lines) + "\n" == log
    assert len(host.server.transports) == 2


def test_an_operator_who_stops_following_hears_that_the_job_goes_on_and_how_to_join_or_stop_it() -> None:
    lines, ended = follow(running("one\n", 4), KeyboardInterrupt())
    assert lines == ["one"]
    assert isinstance(ended, Unknown)
    assert str(ended).splitlines()[0] == "failed:  stopped waiting for the job k"
    assert "the job goes on on the host" in ended.changed
    assert ended.fix == "ocrfleet attach trial joins it, ocrfleet abort trial stops it"
