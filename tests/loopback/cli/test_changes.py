"""Rollback, unpin, stop and start: what the host is asked, how long it waits, and what is printed."""

from typing import Any

import pytest

from tests.loopback.cli.terminal import Ocrfleet, job
from tests.unit.remote.fakes import failed
from tests.unit.remote.fixtures import FakeAgent

BEGUN = {"job": "k", "state": "started"}


def test_a_rollback_shows_its_lines_beside_and_its_result_in_front(
    ocrfleet: Ocrfleet, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    agent.verbs.update(job(outcome="rolled back", release=2))
    ran = ocrfleet("rollback", "lab", "--to", "2")
    assert ran.out.startswith("lab: release 2 is serving and pinned; to deploy again: ocrfleet unpin lab\n")
    assert "Pulumi's state does not know it yet (there is no pulumi command here)" in ran.out
    assert ran.err == "one\n# two\n"
    assert agent.calls[0][1]["to"] == 2


@pytest.mark.parametrize(
    ("verb", "result", "line"),
    [
        ("unpin", {"was_pinned": 2}, "lab: release 2 is not pinned any more\n"),
        ("unpin", {"was_pinned": None}, "lab: nothing was pinned\n"),
        ("stop", {"stopped": 3}, "lab: release 3 is stopped; to start it: ocrfleet start lab\n"),
        ("start", {"started": 3}, "lab: release 3 is serving\n"),
    ],
)
def test_a_short_command_says_in_one_line_what_is_true_now(
    ocrfleet: Ocrfleet, agent: FakeAgent, verb: str, result: dict[str, Any], line: str
) -> None:
    agent.verbs.update({**job(**result), verb: lambda _: result if verb == "unpin" else BEGUN})
    assert ocrfleet(verb, "lab").out == line


@pytest.mark.parametrize("code", [10, 20, 30, 40, 50])
def test_the_hosts_error_is_the_exit_code_and_goes_to_the_other_stream(
    ocrfleet: Ocrfleet, agent: FakeAgent, code: int
) -> None:
    agent.verbs["stop"] = lambda _: failed(code=code).out
    ran = ocrfleet("stop", "lab")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err == "failed:  it broke\nserving: release 3\nchanged: nothing\nnext:    ocrfleet x\n"


@pytest.mark.parametrize("verb", ["unpin", "stop", "start"])
def test_how_long_a_change_waits_for_another_one_is_told_to_the_host(
    ocrfleet: Ocrfleet, agent: FakeAgent, verb: str
) -> None:
    told = {"was_pinned": None, "stopped": 3, "started": 3}
    agent.verbs.update({**job(**told), verb: lambda _: told if verb == "unpin" else BEGUN})
    assert ocrfleet(verb, "lab", "--wait", "90").code == 0
    assert agent.calls[0][1]["wait"] == 90


def test_a_rollback_waits_on_the_host_too(
    ocrfleet: Ocrfleet, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    agent.verbs.update(job(outcome="rolled back", release=2))
    ocrfleet("rollback", "lab", "--wait", "30")
    assert agent.calls[0][1]["wait"] == 30
