"""Attach and abort: what is at work on a host, shown or stopped."""

from tests.loopback.cli.terminal import Ocrfleet, job
from tests.unit.remote.fixtures import FakeAgent


def test_attach_shows_the_lines_beside_and_the_end_in_front(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    at_work = {"key": "k", "what": "deploy", "who": "ana@mac", "since": 1.0, "at_work": True}
    agent.verbs.update({**job(outcome="deployed", release=4), "jobs": lambda _: {"jobs": [at_work]}})
    ran = ocrfleet("attach", "lab")
    assert (ran.code, ran.out) == (0, "lab: deploy by ana@mac: deployed, release 4\n")
    assert ran.err == "deploy by ana@mac, job k\none\n# two\n"


def test_abort_says_what_was_stopped_and_what_it_said(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    error = {"code": 20, "failed": "asked to stop", "serving": "release 2", "changed": "nothing", "next": "x"}
    ended = {"state": "finished", "text": "", "offset": 0, "exit": {"code": 20, "error": error}}
    told = {"key": "k", "what": "deploy", "who": "ana@mac"}
    agent.verbs.update({"abort": lambda _: {"job": told}, "job": lambda _: ended})
    ran = ocrfleet("abort", "lab", "--job", "k")
    assert (ran.code, ran.out.splitlines()[:2]) == (0, ["lab: deploy by ana@mac was stopped", "failed:  asked to stop"])
    assert agent.calls[0][1]["job"] == "k"


def test_abort_where_nothing_is_at_work_says_so(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["abort"] = lambda _: {"job": None}
    ran = ocrfleet("abort", "lab")
    assert (ran.code, ran.out) == (0, "lab: nothing is at work that could be stopped\n")
