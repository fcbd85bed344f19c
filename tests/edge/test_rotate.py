"""`ocrfleet rotate HOST access` against a stack that the real engine deployed, used through the edge."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from lab.cloudflare.connector import connected
from lab.cloudflare.place import TOKEN
from lab.cloudflare.scratch import Scratch
from lab.cloudflare.tunnels import run_token
from tests.edge.named import CONSUMER, NAME, Answered, answered


@pytest.fixture
def name(edge: Scratch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answered]:
    with answered(edge, monkeypatch) as name:
        yield name


def test_a_rotated_credential_is_used_and_the_stack_agrees_with_it(name: Answered) -> None:
    edge = name.edge
    first = edge.ocrfleet("rotate", "lab", "access")
    assert first.code == 0, first.out
    old = name.kept()
    ran = edge.ocrfleet("rotate", "lab", "access", "--json")
    new = name.kept()
    (said,) = json.loads(ran.out[ran.out.index("[\n") : ran.out.rindex("]") + 1])
    assert (said["name"], said["outcome"], said["proved"]) == (CONSUMER, "rotated", [NAME])
    assert [name.status(kept) for kept in (old, new)] == [200, 200]
    assert edge.up(name.spec) == []
    assert edge.up(name.spec, "--refresh") == []
    assert [name.status(kept) for kept in (old, new)] == [200, 200]
    again = edge.ocrfleet("rotate", "lab", "access")
    assert "under way; the one before is good until" in again.out
    assert name.kept() == new
    ended = edge.ocrfleet("rotate", "lab", "access", "--emergency")
    assert ended.code == 0, ended.out
    assert [name.status(kept) for kept in (old, new, name.kept())] == [403, 403, 200]
    assert edge.up(name.spec, "--refresh") == []
    everything = first.out + ran.out + again.out + ended.out + json.dumps(edge.exported())
    for kept in (old, new, name.kept()):
        assert kept["client_secret"] not in everything
    assert TOKEN not in everything


def test_nobody_joins_with_the_token_that_the_tunnel_had(name: Answered) -> None:
    account, (tunnel,) = name.edge.at.account, name.edge.at.account.tunnels
    assert name.edge.ocrfleet("rotate", "lab", "access").code == 0
    before = run_token(account, tunnel)
    ran = name.edge.ocrfleet("rotate", "lab", "tunnel")
    assert ran.code == 0, ran.out
    assert f"tunnel ocrfleet-lab: rotated; let in at {NAME}" in ran.out
    after = run_token(account, tunnel)
    with pytest.raises(PermissionError), connected(name.url, before):
        pass
    with connected(name.url, after):
        assert name.status(name.kept()) == 200
    assert name.edge.up(name.spec, "--refresh") == []
    for token in (before, after):
        assert token not in ran.out
        assert json.loads(base64.b64decode(token))["s"] not in ran.out


def test_a_store_that_cannot_keep_it_is_refused_before_anything_is_made(name: Answered) -> None:
    writes = list(name.edge.at.api.writes)
    ran = name.edge.ocrfleet("rotate", "lab", "access", "--store", "env")
    assert ran.code == 10
    assert "the store env of lab cannot keep what a rotation makes" in ran.out
    assert name.edge.at.api.writes == writes


def test_an_overlap_shorter_than_cloudflares_is_refused(name: Answered) -> None:
    ran = name.edge.ocrfleet("rotate", "lab", "access", "--overlap", "30m")
    assert ran.code == 10
    assert "Cloudflare keeps the secret before for an hour at least" in ran.out
