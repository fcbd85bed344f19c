"""Calls of the API that go wrong in every way: deploys come to their end, and nothing is made twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.cloudflare.faults import EveryNth, Fault, NextMade, Schedule
from lab.cloudflare.scratch import Scratch
from lab.cloudflare.service_tokens import accepts

ONE: dict[str, Any] = {
    "zone": "example.org",
    "team": "example",
    "hostnames": {"ocr.example.org": {"audience": ["page-worker"]}},
}
# Two tokens, which are made side by side, a policy, an application, a tunnel and a record.
MADE_BY_POST = {5, 6}


def deploys(edge: Scratch, schedule: type[Schedule], **how: Any) -> int:
    """Deploy until it succeeds, and take over before each further try what was made; return how many tries failed."""
    edge.write(ONE)
    for failed in range(10):
        edge.at.api.faults = schedule(**how)
        ran = edge.pulumi("up", "--yes", "--skip-preview", "--stack=lab")
        edge.at.api.faults = Schedule()
        if ran.code == 0:
            return failed
        adopted = edge.ocrfleet("edge", "adopt", "lab", "--yes")
        assert adopted.code == 0, adopted.out
    raise AssertionError(ran.out)


def once(edge: Scratch) -> None:
    """Everything is there once, was never open, and needs no further deploy."""
    account = edge.at.account
    held = (account.tokens, account.policies, account.apps, account.records, account.configs, account.tunnels)
    assert [len(one) for one in held] == [2, 1, 1, 1, 1, 1]
    assert {seen.exposed for seen in edge.at.api.seen} == {frozenset()}
    assert edge.up(ONE) == []


def test_what_was_made_although_the_answer_was_lost_is_found_again(edge: Scratch) -> None:
    """Each call that makes something is lost once, one deploy after the other."""
    assert deploys(edge, NextMade) in MADE_BY_POST
    once(edge)


def test_a_token_whose_secret_was_lost_when_it_was_made_gets_another_one(edge: Scratch) -> None:
    """The answers that told the secrets of both tokens never came; a deploy gives the consumer one that is known."""
    edge.write(ONE)
    edge.at.api.faults = NextMade(left=2)
    while edge.at.api.faults.left:
        assert edge.pulumi("up", "--yes", "--skip-preview", "--stack=lab").code != 0
        assert edge.ocrfleet("edge", "adopt", "lab", "--yes").code == 0
    assert len(edge.at.account.tokens) == 2
    deployed = edge.ocrfleet("deploy", "lab")
    assert deployed.code == 0, deployed.out
    assert "access page-worker: handed out" in deployed.out
    kept = json.loads(edge.ocrfleet("secrets", "get", "lab", "access-page-worker", "--reveal").out)
    assert accepts(edge.at.account, kept["client_id"], kept["client_secret"])
    assert kept["client_secret"] not in deployed.out
    assert "handed out" not in edge.ocrfleet("deploy", "lab").out
    once(edge)


@pytest.mark.parametrize("kind", list(Fault))
def test_every_third_call_may_go_wrong(edge: Scratch, kind: Fault) -> None:
    failed = deploys(edge, EveryNth, kind=kind, retry_after=0)
    assert failed == 0 or kind in {Fault.HANGS, Fault.LOST}
    assert sum(seen.status in {0, 429, 503} for seen in edge.at.api.seen) >= 3
    once(edge)
