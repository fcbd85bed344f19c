"""What is read of an account: everything an edge is about, every page of it, and which scopes are missing for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.cloudflare.account import Permit
from lab.cloudflare.faults import Fault, Schedule
from lab.cloudflare.place import SCOPES, TOKEN, Place, place
from lab.cloudflare.routes import ORGANIZATION, OWN, WRITE
from lab.cloudflare.server import serving
from ocrfleet.cloudflare import Client, connect, look, look_at_all
from ocrfleet.edge.audit import openings
from ocrfleet.edge.scopes import NEEDED, USEFUL
from ocrfleet.errors import Forbidden, Refused, Unknown
from tests.loopback.cloudflare.edges import NAME, laid_out


@contextmanager
def asked(at: Place, token: str = TOKEN) -> Iterator[tuple[Client, list[float]]]:
    """A client of an account, and how long it would have waited."""
    waited: list[float] = []
    with serving(at.api) as served:
        yield Client(token, served.url, waited.append), waited


def test_an_edge_is_seen_as_it_is() -> None:
    public = laid_out("http://127.0.0.1:9")
    before = list(public.at.api.writes)
    with asked(public.at) as (client, _):
        seen = look(client, "example.org")
    assert seen.permissions == SCOPES
    assert (seen.refused, seen.everywhere) == (frozenset(), False)
    assert [one["name"] for one in seen.zones] == ["example.org"]
    assert [one["id"] for one in seen.tunnels] == [public.tunnel]
    assert [rule.get("hostname") for rule in seen.rules(public.tunnel)] == [NAME, None]
    assert [len(one) for one in (seen.apps, seen.policies, seen.service_tokens, seen.records)] == [1, 1, 1, 1]
    assert openings(seen) == []
    assert public.at.api.writes == before


def test_an_opening_is_seen() -> None:
    public = laid_out("http://127.0.0.1:9")
    public.account.apps.clear()
    with asked(public.at) as (client, _):
        (seen,) = look_at_all(client)
    assert {(one.name, one.why) for one in openings(seen)} == {(NAME, "no application covers it")}


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("PATCH", "/cfd_tunnel/t", "Cloudflare Tunnel Write"),
        ("POST", "/access/service_tokens/t/rotate", "Access: Service Tokens Write"),
        ("PUT", "/access/policies/p", "Access: Apps and Policies Write"),
    ],
)
def test_a_right_that_is_missing_for_a_change_is_named(method: str, path: str, right: str) -> None:
    with asked(place(scopes=frozenset())) as (client, _), pytest.raises(Refused, match=right):
        client.send(method, f"/accounts/{'0' * 32}{path}", {})


def test_every_page_is_read() -> None:
    at = place()
    for number in range(120):
        record = {"name": f"n{number}.example.org", "type": "TXT", "content": "x", "ttl": 1}
        at.result("POST", "{z}/dns_records", record)
    with asked(at) as (client, _):
        assert len(look(client, "example.org").records) == 120


@pytest.mark.parametrize("gone", sorted(NEEDED))
def test_each_missing_scope_is_named_whether_the_token_tells_its_own_or_not(gone: str) -> None:
    less = frozenset(one for one in NEEDED if one != gone)
    with asked(place(less)) as (client, _):
        assert look(client, "example.org").refused == {gone}
    with asked(place(less | USEFUL)) as (client, _):
        assert look(client, "example.org").permissions == less | USEFUL


def test_more_than_reading_is_not_needed_to_look() -> None:
    reading = frozenset(scope.replace(WRITE, "Read") for scope in SCOPES)
    with asked(place(reading)) as (client, _):
        assert look(client, "example.org").refused == frozenset()


def test_a_zone_that_is_not_there_leaves_nothing_known() -> None:
    with asked(place()) as (client, _):
        seen = look(client, "example.com")
    assert (seen.zones, seen.tunnels, seen.token["status"]) == ((), (), "active")


@pytest.mark.parametrize("status", ["disabled", "expired"])
def test_a_token_that_is_not_good_is_invalid(status: str) -> None:
    at = place()
    at.account.permits.append(Permit("bad", SCOPES, status=status))
    with asked(at, "bad") as (client, _):
        assert look(client, "example.org").token == {"status": "invalid"}


@pytest.mark.parametrize("fault", list(Fault))
def test_every_call_is_asked_again_when_it_goes_wrong_once(fault: Fault) -> None:
    at = place()
    with asked(at) as (client, _):
        whole = look(client, "example.org")
    calls = len(at.api.seen)
    for number in range(1, calls + 1):
        broken = place(faults=Schedule({number: fault}, retry_after=7))
        with asked(broken) as (client, waited):
            assert look(client, "example.org") == whole
        assert waited == [7.0 if fault is Fault.TOO_MANY else 1.0]


def test_who_never_answers_is_given_up() -> None:
    at = place(faults=Schedule(dict.fromkeys(range(1, 99), Fault.BROKEN)))
    with asked(at) as (client, waited):
        with pytest.raises(Unknown, match="no answer from Cloudflare to GET /zones: 503"):
            client.all("/zones")
        assert waited == [1.0, 2.0, 4.0, 8.0]


def test_what_is_refused_is_told_in_cloudflares_words() -> None:
    with asked(place()) as (client, _), pytest.raises(Refused, match="No route for that URI"):
        client.get("/nothing")
    with asked(place(frozenset({f"{ORGANIZATION} Read", f"{OWN} Read"}))) as (client, _), pytest.raises(Forbidden):
        client.all("/zones")


def test_the_token_is_pulumis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    monkeypatch.delenv("CLOUDFLARE_BASE_URL", raising=False)
    assert connect() == Client("t", "https://api.cloudflare.com/client/v4")
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    with pytest.raises(Refused, match="CLOUDFLARE_API_TOKEN is not set"):
        connect()


def test_a_secret_is_in_no_message() -> None:
    with asked(place(), "canary-token") as (client, _), pytest.raises(Refused, match="Invalid API Token") as refused:
        client.get("/zones")
    assert "canary-token" not in str(refused.value) + repr(refused.value)
