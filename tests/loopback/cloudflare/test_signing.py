"""What a connector lets through: a signature of its team, for its application, that is good now, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from lab.cloudflare.connector import forward, rule_for
from lab.cloudflare.messages import JWT, Request, Response
from lab.cloudflare.signing import KEY_ID, proves, published, sign, team_key

ACCESS = {"required": True, "teamName": "example", "audTag": ["tag"]}
NOW = datetime.now(UTC)
UNSIGNED = jwt.encode(
    {"aud": ["tag"], "iss": "https://example.cloudflareaccess.com"}, "", "none", headers={"kid": KEY_ID}
)
WRONG = {
    "absent": None,
    "empty": "",
    "nonsense": "a.b.c",
    "unsigned": UNSIGNED,
    "signed by another": jwt.encode({"aud": ["tag"]}, "k" * 32, "HS256", headers={"kid": KEY_ID}),
    "expired": sign("example", "tag", "id", now=NOW - timedelta(hours=2)),
    "not yet": sign("example", "tag", "id", now=NOW + timedelta(hours=2)),
    "for another application": sign("example", "other", "id", now=NOW),
    "of another team": sign("other", "tag", "id", now=NOW),
    "without an end": jwt.encode(
        {"aud": ["tag"], "iss": "https://example.cloudflareaccess.com"}, team_key(), "RS256", headers={"kid": KEY_ID}
    ),
}
RIGHT = sign("example", "tag", "id", now=NOW)


def keys(team: str) -> str:
    return published()


def down(team: str) -> str:
    raise OSError(team)


def test_a_signature_of_the_team_for_the_application_passes() -> None:
    assert proves(RIGHT, ACCESS, keys)


@pytest.mark.parametrize("token", WRONG.values(), ids=list(WRONG))
def test_any_other_is_refused(token: str | None) -> None:
    assert not proves(token, ACCESS, keys)


@pytest.mark.parametrize("text", ["", "{}", '{"keys": []}', "<html>"])
def test_without_keys_nobody_passes(text: str) -> None:
    assert not proves(RIGHT, ACCESS, down)
    assert not proves(RIGHT, ACCESS, lambda _: text)


@pytest.mark.parametrize("access", [{**ACCESS, "audTag": []}, {**ACCESS, "teamName": ""}, {"required": True}])
def test_a_rule_that_names_no_audience_or_team_lets_nobody_in(access: dict[str, object]) -> None:
    assert not proves(RIGHT, access, keys)


def test_the_first_rule_that_is_about_a_request_decides() -> None:
    rules = [
        {"hostname": "a.example.org", "path": "^/v1$", "service": "http://one"},
        {"hostname": "a.example.org", "service": "http://two"},
        {"service": "http_status:404"},
    ]
    asked = {"/v1": "http://one", "/v1?x": "http://one", "/v1/": "http://two"}
    for path, service in asked.items():
        assert rule_for({"ingress": rules}, Request("GET", "a.example.org", path))["service"] == service
    assert rule_for({"ingress": rules}, Request("GET", "b.example.org", "/v1"))["service"] == "http_status:404"


def test_an_origin_is_asked_only_after_the_check() -> None:
    rule = {"hostname": "a.example.org", "service": "http://one", "originRequest": {"access": ACCESS}}
    config = {"ingress": [rule, {"service": "http_status:404"}]}
    asked: list[str] = []

    def origin(service: str, request: Request) -> Response:
        asked.append(service)
        return Response(200)

    for token in (RIGHT, *WRONG.values()):
        headers = {} if token is None else {JWT: token}
        status = forward(config, Request("GET", "a.example.org", "/", headers), keys, origin).status
        assert status == (200 if token == RIGHT else 403)
    assert forward(config, Request("GET", "a.example.org", "/", {JWT: RIGHT}), down, origin).status == 403
    assert asked == ["http://one"]
