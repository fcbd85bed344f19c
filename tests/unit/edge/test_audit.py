"""Every name that anybody can reach is found, wherever in an account it is."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.edge.audit import openings
from tests.unit.edge.accounts import NAME, account, app, cname, rule

OTHER = "grafana.example.org"
TOKEN = {"service_token": {"token_id": "t"}}
CLOSED = {"name": "p", "decision": "non_identity", "include": [TOKEN]}


def whys(*apps: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """What is open in an account where somebody made a name by hand, beside ours."""
    base = account()
    more = {"records": (*base.records, cname(OTHER)), **more}
    return [(one.name, one.why) for one in openings(account(apps=(*base.apps, *apps), **more))]


def test_our_own_edge_is_covered() -> None:
    assert openings(account()) == []


def test_a_record_without_an_application_is_found_even_to_a_tunnel_of_nobody() -> None:
    assert whys() == [(OTHER, "no application covers it")]
    records = (*account().records, cname(OTHER, "tunnel-of-nobody"))
    assert whys(records=records) == [(OTHER, "no application covers it")]


def test_a_rule_without_a_record_is_found() -> None:
    config = {
        "tunnel": {"config": {"ingress": [{"hostname": OTHER, "service": "http://a"}, {"service": "http_status:404"}]}}
    }
    assert whys(records=(), configs=config) == [(OTHER, "no application covers it")]


def test_a_rule_for_any_name_is_found() -> None:
    config = {"tunnel": {"config": {"ingress": [{"service": "http://a"}]}}}
    assert whys(records=(), configs=config) == [("*", "no application covers it")]


@pytest.mark.parametrize("uri", [OTHER, f"{OTHER}/", f"{OTHER}/*", "*.example.org"])
def test_an_application_of_the_whole_name_covers_it(uri: str) -> None:
    assert whys(app("theirs", uri, policies=[CLOSED])) == []
    assert whys(app("theirs", uri)) == [], "without a policy nobody passes"


@pytest.mark.parametrize("uri", ["example.org", "*.example.com", f"x.{OTHER}", f"{OTHER}.example.com"])
def test_an_application_of_another_name_does_not(uri: str) -> None:
    assert whys(app("theirs", uri)) == [(OTHER, "no application covers it")]


def test_an_application_of_a_path_covers_no_name() -> None:
    assert whys(app("theirs", f"{OTHER}/login")) == [(OTHER, f"only {OTHER}/login has an application")]


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (rule("bypass", "email"), "its policy p is a bypass"),
        (rule("bypass", "everyone"), "its policy p is a bypass"),
        (rule("allow", "everyone"), "its policy p lets in everyone"),
        (rule("non_identity", "any_valid_service_token"), "its policy p lets in any_valid_service_token"),
    ],
)
def test_a_policy_for_anybody_is_found(policy: dict[str, Any], why: str) -> None:
    assert whys(app("theirs", OTHER, policies=[CLOSED, policy])) == [(OTHER, f"theirs: {why}")]


def test_a_policy_that_refuses_everyone_is_none() -> None:
    assert whys(app("theirs", OTHER, policies=[CLOSED, rule("deny", "everyone")])) == []


def test_a_public_path_of_a_covered_name_is_found() -> None:
    override = {"overrides": [{"behavior": "public", "path_pattern": "/health*"}]}
    assert whys(app("theirs", OTHER, **override)) == [(OTHER, "theirs: the path /health* is public")]
    more = app("path", f"{NAME}/health", policies=[rule("bypass", "everyone")])
    assert set(whys(more, records=account().records)) == {(NAME, "path: its policy p is a bypass")}


def test_the_switch_that_closes_every_other_name_is_looked_at() -> None:
    for organization in (None, {"deny_unmatched_requests": False}, {}):
        (found,) = openings(account(organization=organization))
        assert (found.name, found.why) == ("(any name)", "deny_unmatched_requests is off")
