"""Whether an account can take an edge: what stands in the way is named before anything is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ocrfleet.edge.preflight import judge_account
from ocrfleet.edge.scopes import NEEDED, USEFUL
from ocrfleet.edge.seen import Seen
from tests.unit.edge.accounts import EDGE, NAME, NOW, OURS, RULES, TOKENS, account, app


def judged(seen: Seen, *, ours: frozenset[str] = OURS, written: Any = RULES, edge: Any = EDGE) -> dict[str, str]:
    """What stands in the way, by name."""
    found = judge_account(edge, seen, now=NOW, written=written, ours=ours)
    assert len({finding.what for finding in found}) == len(found)
    return {finding.what: finding.detail for finding in found if not finding.good}


def told(seen: Seen, what: str) -> str:
    found = judge_account(EDGE, seen, now=NOW, written=RULES, ours=OURS)
    return next(finding.detail for finding in found if finding.what == what)


def test_an_account_with_our_edge_or_with_nothing_is_fine() -> None:
    assert judged(account()) == {}
    empty = account(tunnels=(), configs={}, service_tokens=(), policies=(), apps=(), records=())
    assert judged(empty, ours=frozenset(), written=None) == {}


@pytest.mark.parametrize("gone", sorted(NEEDED))
def test_a_missing_scope_is_named(gone: str) -> None:
    assert judged(account(permissions=NEEDED - {gone})) == {"API token's scopes": f"missing: {gone}"}


def test_a_token_that_does_not_tell_its_scopes_is_judged_by_what_it_was_refused() -> None:
    assert judged(account(permissions=None)) == {}
    assert "may not tell" in told(account(permissions=None), "API token's scopes")
    refused = account(permissions=None, refused=frozenset({"DNS Write"}))
    assert judged(refused) == {"API token's scopes": "missing: DNS Write"}


def test_surplus_scopes_are_named() -> None:
    assert told(account(permissions=NEEDED | USEFUL), "API token's surplus") == "none"
    more = account(permissions=NEEDED | {"Workers Scripts Write", "Zone Write"}, everywhere=True)
    said = "take away: Workers Scripts Write, Zone Write, every zone and account"
    assert told(more, "API token's surplus") == said


@pytest.mark.parametrize(("days", "words"), [(30, "in 30 days"), (13, "in 13 days: make its successor now")])
def test_the_end_of_a_token_is_told_two_weeks_before(days: int, words: str) -> None:
    end = {"id": "t", "status": "active", "expires_on": (NOW + timedelta(days=days)).isoformat()}
    assert told(account(token=end), "API token's end").endswith(words)
    assert judged(account(token=end)) == {}


def test_a_token_that_is_over_or_off_is_refused() -> None:
    over = {"id": "t", "status": "expired", "expires_on": (NOW - timedelta(days=1)).isoformat()}
    assert set(judged(account(token=over))) == {"API token", "API token's end"}
    assert set(judged(account(token={"status": "invalid"}))) == {"API token"}


def test_the_zone_and_its_account_are_what_the_file_says() -> None:
    assert judged(account(zones=())) == {"zone": "the token sees no zone example.org: correct edge.zone or its scopes"}
    for name, wrong in (("Example", {}), ("account", {}), ("Other", {"zone"})):
        assert set(judged(account(), edge=replace(EDGE, account=name))) == set(wrong)


def test_the_team_is_the_accounts() -> None:
    other = {"auth_domain": "other.cloudflareaccess.com", "deny_unmatched_requests": False}
    assert judged(account(organization=other)) == {
        "team": "the account's is other.cloudflareaccess.com: correct edge.team"
    }


@pytest.mark.parametrize(
    ("switch", "what"),
    [
        ("deny_unmatched_requests", "names without an application"),
        ("strict_service_token_auth", "callers without a service token"),
    ],
)
def test_a_switch_of_the_organization_that_is_off_is_told_and_stops_nobody(switch: str, what: str) -> None:
    whole = {"auth_domain": "example.cloudflareaccess.com", switch: True}
    assert told(account(organization=whole), what) == "refused"
    assert f"turn on {switch}" in told(account(organization={**whole, switch: False}), what)
    assert judged(account(organization={**whole, switch: False})) == {}


@pytest.mark.parametrize("kind", ["A", "AAAA", "CNAME"])
def test_a_foreign_record_is_refused_and_never_taken_away(kind: str) -> None:
    foreign = {"id": "x", "type": kind, "name": NAME, "content": "elsewhere"}
    found = judged(account(records=(foreign,)))
    said = f"there is a record {kind} {NAME} elsewhere that is not of this stack: take it away by hand, or use another"
    assert found == {f"record {NAME}": f"{said} name"}


@pytest.mark.parametrize("mine", ["", *sorted(OURS)])
def test_what_has_our_names_is_adopted_first_as_it_would_be_made_twice(mine: str) -> None:
    found = judged(account(), ours=OURS - {mine})
    if mine:
        (said,) = found.values()
        assert said.endswith("take that over with ocrfleet edge adopt lab")
        assert dict.fromkeys(TOKENS, "the service token").get(mine, f"the {mine}") in said.replace("application", "app")
    else:
        assert found == {}


@pytest.mark.parametrize("uri", [f"{NAME}/v1", "*.example.org"])
def test_another_application_about_the_name_is_in_the_way(uri: str) -> None:
    found = judged(account(apps=(*account().apps, app("theirs", uri))))
    assert list(found) == [f"application {NAME}"]
    assert "the application theirs" in found[f"application {NAME}"]


def test_rules_that_somebody_changed_are_shown_three_ways() -> None:
    extra = {"hostname": "grafana.example.org", "service": "http://localhost:3000"}
    ours = {**RULES[0], "service": "http://elsewhere"}
    config = {"tunnel": {"config": {"ingress": [ours, extra, RULES[1]]}}}
    (said, *lines) = judged(account(configs=config))["rules"].splitlines()
    assert "--take-over" in said
    path = RULES[0]["path"]
    (grafana, ocr) = lines
    assert grafana == (
        "grafana.example.org: written nothing; found every path to http://localhost:3000, not checked; "
        "by the host file taken away"
    )
    assert ocr == (
        f"{NAME}: written {path} to http://ocrfleet-lab-proxy:8080, checked for example; "
        f"found {path} to http://elsewhere, checked for example; by the host file kept"
    )
