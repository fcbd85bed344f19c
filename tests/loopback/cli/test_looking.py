"""Commands that only look: the shapes that programs rely on, and the lines that people read."""

import pytest

from tests.loopback.cli.terminal import RELEASE, Ocrfleet
from tests.unit.remote.fixtures import FakeAgent


def test_releases_have_the_promised_shape(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    states = [
        {**RELEASE, "release": n, "state": state} for n, state in enumerate(("pruned", "failed", "good", "good"), 1)
    ]
    agent.verbs["releases"] = lambda _: {"releases": states, "serving": 4}
    rows = ocrfleet("releases", "lab", "--json").json
    assert [row["state"] for row in rows] == ["pruned", "failed", "retained", "serving"]
    assert rows[3] == {
        "release": 4,
        "state": "serving",
        "created": "2023-11-14T22:13:20+00:00",
        "image": "sha256:engine",
        "strategy": "start-first",
        "outage_seconds": 0.0,
        "gate": {"passed": True, "cer": 0.01, "seconds": 1.5, "ready_seconds": 4.2},
        "reason": None,
        "diagnosis": None,
    }


def test_a_release_that_never_got_far_is_listed_too(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    bare = {**RELEASE, "state": "candidate", "strategy": None, "outage_seconds": None, "gate": {}}
    agent.verbs["releases"] = lambda _: {"releases": [{**bare, "reason": "gate: 503\nmore"}], "serving": None}
    out = ocrfleet("releases", "lab").out
    assert "failed" in out
    assert "gate: 503" in out
    assert "more" not in out


def test_logs_are_printed_as_they_are(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    text = "[red]:100: \tlong " + "x" * 300 + "\nüber\n"
    agent.verbs["logs"] = lambda payload: {"release": payload["release"], "text": text}
    ran = ocrfleet("logs", "lab", "--release", "2", "--tail", "5")
    assert ran.out == text
    assert agent.calls[-1][1].items() >= {"release": 2, "tail": 5}.items()
    assert ocrfleet("logs", "lab", "--release", "2", "--json").json == {"release": 2, "text": text}


CHANGE = {
    "at": 1_700_000_000.0,
    "who": "ana@[mac]",
    "what": "deploy",
    "job": "1a2b",
    "from": 2,
    "to": 3,
    "outcome": "restored",
    "code": 20,
}


def test_the_audit_has_the_promised_shape(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["audit"] = lambda _: {"lines": [CHANGE]}
    assert ocrfleet("audit", "lab", "--last", "7", "--json").json == [{**CHANGE, "at": "2023-11-14T22:13:20+00:00"}]
    assert agent.calls[0][1]["last"] == 7


def test_the_audit_for_people_is_one_line_per_change(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["audit"] = lambda _: {"lines": [CHANGE, {**CHANGE, "from": None, "job": None}]}
    head, first, second = ocrfleet("audit", "lab").out.splitlines()
    assert head.split() == ["at", "who", "what", "from", "to", "outcome", "code"]
    assert first.split() == ["2023-11-14T22:13:20+00:00", "ana@[mac]", "deploy", "2", "3", "restored", "20"]
    assert second.split()[3:] == ["3", "restored", "20"]


@pytest.mark.parametrize(("candidate", "states"), [(4, ["serving", "candidate"]), (None, ["serving", "failed"])])
def test_what_a_swap_is_about_is_a_candidate_and_has_not_failed(
    ocrfleet: Ocrfleet, agent: FakeAgent, candidate: int | None, states: list[str]
) -> None:
    rows = [{**RELEASE, "release": 3, "state": "good"}, {**RELEASE, "release": 4, "state": "candidate"}]
    agent.verbs["releases"] = lambda _: {"releases": rows, "serving": 3, "candidate": candidate}
    assert [row["state"] for row in ocrfleet("releases", "lab", "--json").json] == states


def test_a_release_that_a_rollback_goes_to_is_one_too(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    rows = [{**RELEASE, "release": number, "state": "good"} for number in (2, 3)]
    agent.verbs["releases"] = lambda _: {"releases": rows, "serving": 3, "candidate": 2}
    assert [row["state"] for row in ocrfleet("releases", "lab", "--json").json] == ["candidate", "serving"]
