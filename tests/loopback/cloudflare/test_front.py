"""A request through the edge of the lab: who may pass does, and nobody else reaches the origin."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from lab.cloudflare.connector import connected
from lab.cloudflare.front import fronting
from tests.loopback.cloudflare.edges import CHAT, NAME, Origin, Public, answering, laid_out, public

ROTATE = "{a}/access/service_tokens/"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with answering() as origin:
        yield origin


@pytest.fixture
def name(origin: Origin) -> Iterator[Public]:
    with public(origin) as name:
        yield name


def test_a_consumer_with_its_token_is_answered(name: Public, origin: Origin) -> None:
    answer = name.call(f"{CHAT}?a=b")
    assert (answer.status_code, answer.text) == (200, f"read {CHAT}?a=b")
    (seen,) = origin.seen
    assert seen["host"] == NAME
    assert "cf-access-jwt-assertion" in seen
    assert name.token["client_secret"] not in str(seen)


def test_nobody_else_reaches_the_origin(name: Public, origin: Origin) -> None:
    assert name.bare().status_code == 403
    assert name.call(secret="").status_code == 403
    assert name.call(secret="0" * 64).status_code == 403
    assert name.bare(**{"Cf-Access-Jwt-Assertion": "made.by.myself"}).status_code == 403
    other = name.at.result("POST", "{a}/access/service_tokens", {"name": "other"})
    stranger = {"CF-Access-Client-Id": other["client_id"], "CF-Access-Client-Secret": other["client_secret"]}
    assert name.bare(**stranger).status_code == 403
    assert origin.seen == []


@pytest.mark.parametrize(
    "path", ["/", "/metrics", f"{CHAT}/", f"{CHAT}x", f"/x{CHAT}", "/v1/models", "/%2e%2e/metrics"]
)
def test_any_other_path_is_not_there(name: Public, origin: Origin, path: str) -> None:
    assert name.call(path).status_code == 404
    assert origin.seen == []


def test_a_name_without_an_application_is_closed(name: Public, origin: Origin) -> None:
    name.account.apps.clear()
    assert name.call().status_code == 403
    name.account.organization["deny_unmatched_requests"] = False
    assert name.call().status_code == 403, "the connector asks for a signature itself"
    assert origin.seen == []


def test_a_bypass_does_not_get_past_a_connector_that_asks_for_another_audience(name: Public, origin: Origin) -> None:
    for app in name.account.apps.values():
        app["aud"] = "of another application"
    assert name.call().status_code == 403
    assert origin.seen == []


def test_a_secret_and_its_successor_are_both_good_for_a_while(name: Public) -> None:
    path = f"{ROTATE}{name.token['id']}/rotate"
    until = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    fresh = name.at.result("POST", path, {"previous_client_secret_expires_at": until})["client_secret"]
    assert [name.call(secret=secret).status_code for secret in (fresh, name.token["client_secret"])] == [200, 200]
    name.account.now = lambda: datetime.now(UTC) + timedelta(seconds=31)
    name.account.tokens[name.token["id"]]["expires_at"] = None
    assert name.call().status_code == 403
    name.account.now = lambda: datetime.now(UTC)
    assert name.call(secret=fresh).status_code == 200


def test_a_token_that_expired_or_was_switched_off_is_refused(name: Public) -> None:
    token = name.account.tokens[name.token["id"]]
    name.at.result("PUT", f"{ROTATE}{token['id']}", {"enabled": False})
    assert name.call().status_code == 403
    name.at.result("PUT", f"{ROTATE}{token['id']}", {"enabled": True})
    assert name.call().status_code == 200
    token["expires_at"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert name.call().status_code == 403


def test_a_name_that_leads_nowhere_says_so(name: Public) -> None:
    assert name.call(name="unknown.example.org").status_code == 530


def test_a_tunnel_without_a_connector_says_so() -> None:
    alone = laid_out("http://127.0.0.1:9")
    with fronting(alone.account) as alone.url:
        assert alone.call().text == "error code: 1033"


def test_an_origin_that_is_not_there_is_a_bad_gateway() -> None:
    with public(Origin("http://127.0.0.1:9")) as name:
        assert name.call().status_code == 502


def test_an_origin_that_takes_too_long_is_given_up(origin: Origin) -> None:
    origin.pause.clear()
    with public(origin, limit=0.2) as name:
        assert name.call().status_code == 524
        origin.pause.set()
        assert name.call().status_code == 200


def test_a_connector_needs_the_token_of_its_tunnel(name: Public) -> None:
    forged = base64.b64encode(json.dumps({"a": name.account.id, "t": name.tunnel, "s": "guessed"}).encode()).decode()
    for token in ("-", "nonsense", forged):
        with pytest.raises(PermissionError, match="401"), connected(name.url, token):
            pass
    assert len(name.account.tunnels[name.tunnel]["connections"]) == 1
