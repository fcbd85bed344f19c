"""The agent is there when it is needed, and what it says becomes a value or an error of ours."""

from typing import Any

import pytest

from ocrfleet.agent import errors as agent_errors
from ocrfleet.commands.containers import HOME
from ocrfleet.errors import Busy, HostRefused, NotRestored, OcrfleetError, Restored, Unknown, Unreachable
from ocrfleet.remote import Result
from ocrfleet.remote.agent import Agent
from ocrfleet.remote.pack import pack_agent
from tests.unit.remote.fakes import FakeSession, failed, said
from tests.unit.remote.fixtures import FakeAgent, Host

PATH = f"{HOME}/agent/{pack_agent().digest}.pyz"
MISSING = Result(2, b"", b"python3: can't open file\n")
DAMAGED = Result(65, b"", b"")
GONE = Unreachable("trial", reason="broken pipe")
GARBAGE = {
    "words": b"hello",
    "nothing": b"",
    "half a line": b'{"result": {',
    "not text": b"\xff\xfe",
    "another shape": b'{"answer": 1}',
    "a list": b"[1]",
    "a result that is no mapping": b'{"result": 5}',
    "an error that is no mapping": b'{"error": "x"}',
    "an error without its parts": b'{"error": {"code": 10}}',
    "deep nesting": b"[" * 100_000,
}
MAPPED: dict[type[agent_errors.HostError], type[OcrfleetError]] = {
    agent_errors.Refused: HostRefused,
    agent_errors.Damaged: HostRefused,
    agent_errors.Restored: Restored,
    agent_errors.NotRestored: NotRestored,
    agent_errors.Unknown: Unknown,
    agent_errors.Busy: Busy,
}


def call(*replies: Any, verb: str = "facts") -> tuple[FakeSession, dict[str, Any]]:
    session = FakeSession(list(replies))
    return session, Agent(session).call(verb, {"x": 1})


def test_one_command_is_one_round_trip_by_the_agents_own_name() -> None:
    session, result = call({"arch": "amd64"})
    assert session.commands == [("python3", "-I", PATH, "facts")]
    assert session.payloads == [{"host": "trial", "x": 1}]
    assert (result, session.files) == ({"arch": "amd64"}, {})


@pytest.mark.parametrize("first", [MISSING, DAMAGED, Result(1, b"", b"zipimport.ZipImportError")])
def test_an_agent_that_is_missing_or_damaged_is_sent_once_and_asked_again(first: Result) -> None:
    session, result = call(first, {"ok": 1})
    assert session.files == {PATH: (pack_agent().content, 0o600)}
    assert (session.verbs, result) == (["facts", "facts"], {"ok": 1})


@pytest.mark.parametrize("out", GARBAGE.values(), ids=GARBAGE.keys())
def test_an_answer_that_makes_no_sense_is_told_with_the_last_line_and_leaves_things_unknown(out: bytes) -> None:
    garbage = Result(1, out, b"Traceback\nValueError: what it was\n")
    with pytest.raises(Unknown) as unknown:
        call(garbage, garbage)
    assert unknown.value.failed == "the agent's facts on trial gave no answer (exit code 1): ValueError: what it was"
    assert (unknown.value.serving, unknown.value.changed) == ("not known", "not known")


def test_a_host_without_python_is_refused_and_sent_nothing() -> None:
    session = FakeSession([Result(127, b"", b"sh: 1: python3: not found\n")])
    with pytest.raises(HostRefused, match="trial has no python3: sh: 1: python3: not found"):
        Agent(session).call("facts", {})
    assert session.files == {}


def test_an_agent_that_was_killed_is_not_started_again() -> None:
    session = FakeSession([Result(-1, b"", b"")])
    with pytest.raises(Unknown, match="the agent's facts on trial was killed: no output"):
        Agent(session).call("facts", {})
    assert session.files == {}


def test_what_a_login_shell_says_first_is_not_the_answer() -> None:
    _, result = call(Result(0, b"Welcome to trial!\n\n" + said({"ok": 1}).out, b""))
    assert result == {"ok": 1}


@pytest.mark.parametrize(("theirs", "ours"), MAPPED.items(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_agent_becomes_one_of_ours_with_all_its_parts(
    theirs: type[agent_errors.HostError], ours: type[OcrfleetError]
) -> None:
    told = theirs("it broke", changed="nothing", fix="ocrfleet status HOST")
    with pytest.raises(ours) as error:
        call(failed(**told.as_json(serving="release 3", host="trial")))
    assert (type(error.value), error.value.code) == (ours, theirs.code)
    parts = (error.value.failed, error.value.serving, error.value.changed, error.value.fix)
    assert parts == ("it broke", "release 3", "nothing", "ocrfleet status trial")


def test_no_error_of_the_agent_is_forgotten() -> None:
    assert set(MAPPED) == every_subclass(agent_errors.HostError)


def test_a_code_that_we_have_not_heard_of_leaves_things_unknown() -> None:
    with pytest.raises(Unknown, match="it broke"):
        call(failed(code=77))


def test_over_a_real_connection_the_agent_is_sent_once_and_then_used(host: Host) -> None:
    shell = host.like.shell = FakeAgent(host.like.root, {"facts": lambda _: {"ok": 1}})
    with host.remote() as remote:
        assert [remote.agent.call("facts", {}) for _ in range(3)] == [{"ok": 1}] * 3
    assert [verb for verb, _ in shell.calls] == ["facts"] * 3
    assert len([entry for entry in host.like.written if entry.startswith("rename")]) == 1


def test_over_a_real_connection_a_damaged_agent_is_sent_again(host: Host) -> None:
    host.like.shell = FakeAgent(host.like.root, {"facts": lambda _: {"ok": 1}})
    host.file(PATH).write_bytes(pack_agent().content[:-1])
    with host.remote() as remote:
        assert remote.agent.call("facts", {}) == {"ok": 1}
    assert host.file(PATH).read_bytes() == pack_agent().content


def every_subclass(kind: type) -> set[type]:
    direct: list[type] = kind.__subclasses__()
    return {found for one in direct for found in (one, *every_subclass(one))}
