"""The emulator's API answers as Cloudflare's: envelope, codes, pages, limits, and what cannot be deleted."""

from datetime import timedelta

import pytest

from lab.cloudflare.account import Permit
from lab.cloudflare.answers import Call, Silent
from lab.cloudflare.faults import Fault, Schedule
from lab.cloudflare.place import SCOPES, TOKEN, Place, place

RECORD = {"name": "ocr.example.org", "type": "CNAME", "content": "a.example.com", "ttl": 1, "proxied": True}


def app(policy: str, uri: str = "ocr.example.org") -> dict[str, object]:
    """An application of one name."""
    destinations = [{"type": "public", "uri": uri}]
    return {"name": uri, "type": "self_hosted", "destinations": destinations, "policies": [{"id": policy}]}


def policy(token: str) -> dict[str, object]:
    return {"name": "p", "decision": "non_identity", "include": [{"service_token": {"token_id": token}}]}


def made(at: Place) -> tuple[str, str, str]:
    """Ids of a token, a policy of that token, and an application with that policy."""
    token = at.result("POST", "{a}/access/service_tokens", {"name": "t"})["id"]
    its_policy = at.result("POST", "{a}/access/policies", policy(token))["id"]
    return token, its_policy, at.result("POST", "{a}/access/apps", app(its_policy))["id"]


def test_what_is_used_cannot_be_deleted() -> None:
    at = place()
    token, its_policy, its_app = made(at)
    assert at.code("DELETE", f"{{a}}/access/service_tokens/{token}") == (409, 12130)
    assert at.code("DELETE", f"{{a}}/access/policies/{its_policy}") == (409, 12130)
    for path in (f"apps/{its_app}", f"policies/{its_policy}", f"service_tokens/{token}"):
        at.result("DELETE", f"{{a}}/access/{path}")
    assert [at.account.apps, at.account.policies, at.account.tokens] == [{}, {}, {}]


def test_a_tunnel_with_a_connector_cannot_be_deleted() -> None:
    at = place()
    tunnel = at.result("POST", "{a}/cfd_tunnel", {"name": "one", "config_src": "cloudflare"})["id"]
    at.account.tunnels[tunnel]["connections"].append({"id": "1"})
    assert at.code("DELETE", f"{{a}}/cfd_tunnel/{tunnel}") == (400, 1022)
    at.account.tunnels[tunnel]["connections"].clear()
    at.result("DELETE", f"{{a}}/cfd_tunnel/{tunnel}")
    assert at.code("GET", f"{{a}}/cfd_tunnel/{tunnel}/token") == (404, 1003)
    assert at.result("GET", "{a}/cfd_tunnel", is_deleted="false") == []
    at.result("POST", "{a}/cfd_tunnel", {"name": "one"})
    assert at.code("POST", "{a}/cfd_tunnel", {"name": "one"}) == (409, 1013)


def test_a_name_has_one_application_and_one_address() -> None:
    at = place()
    _, its_policy, _ = made(at)
    assert at.code("POST", "{a}/access/apps", app(its_policy)) == (409, 11010)
    at.result("POST", "{z}/dns_records", RECORD)
    assert at.code("POST", "{z}/dns_records", RECORD) == (400, 81058)
    assert at.code("POST", "{z}/dns_records", {**RECORD, "content": "b.example.com"}) == (400, 81053)
    assert at.code("POST", "{z}/dns_records", {**RECORD, "type": "A", "content": "192.0.2.1"}) == (400, 81053)
    at.result("POST", "{z}/dns_records", {**RECORD, "type": "TXT", "content": "words"})
    assert at.code("POST", "{z}/dns_records", {**RECORD, "name": "ocr.example.com"}) == (400, 1004)


@pytest.mark.parametrize("rules", [[], [{"hostname": "a.example.org", "service": "http://a"}], [{"path": "/"}]])
def test_the_last_rule_takes_all_that_is_left(rules: list[dict[str, str]]) -> None:
    at = place()
    tunnel = at.result("POST", "{a}/cfd_tunnel", {"name": "one"})["id"]
    assert at.code("PUT", f"{{a}}/cfd_tunnel/{tunnel}/configurations", {"config": {"ingress": rules}}) == (400, 1056)


def test_a_configuration_is_replaced_whole_and_counted() -> None:
    at = place()
    tunnel = at.result("POST", "{a}/cfd_tunnel", {"name": "one"})["id"]
    path = f"{{a}}/cfd_tunnel/{tunnel}/configurations"
    assert at.result("GET", path)["version"] == 0
    for number, host in enumerate(("a.example.org", "b.example.org"), start=1):
        rules = [{"hostname": host, "service": "http://a"}, {"service": "http_status:404"}]
        assert at.result("PUT", path, {"config": {"ingress": rules}})["version"] == number
        assert at.result("GET", path)["config"]["ingress"] == rules


def test_a_secret_is_told_once() -> None:
    at = place()
    token = at.result("POST", "{a}/access/service_tokens", {"name": "t"})
    shown = at.result("GET", f"{{a}}/access/service_tokens/{token['id']}")
    assert token["client_secret"] not in str(shown)
    assert shown == {key: value for key, value in token.items() if key != "client_secret"}
    turned = at.result("PUT", f"{{a}}/access/service_tokens/{token['id']}", {"client_secret_version": 2})
    assert turned["client_secret"] != token["client_secret"]
    assert "client_secret" not in at.result("PUT", f"{{a}}/access/service_tokens/{token['id']}", {"name": "u"})


def test_lists_come_in_pages() -> None:
    at = place()
    for number in range(5):
        at.result("POST", "{z}/dns_records", {**RECORD, "name": f"n{number}.example.org"})
    answer = at.ask("GET", "{z}/dns_records", page="2", per_page="2")
    assert [one["name"] for one in answer.body["result"]] == ["n2.example.org", "n3.example.org"]
    info = {"page": 2, "per_page": 2, "count": 2, "total_count": 5, "total_pages": 3}
    assert answer.body["result_info"] == info
    assert len(at.result("GET", "{z}/dns_records", name="n1.example.org")) == 1


@pytest.mark.parametrize("gone", sorted(SCOPES))
def test_each_scope_is_asked_for(gone: str) -> None:
    """With all of them everything is answered, and without any one of them something is not."""
    paths = ("{a}/cfd_tunnel/x/token", "{a}/access/organizations", "{z}", "{z}/dns_records", "/user/tokens/x")
    calls = [("GET", path) for path in paths] + [
        ("POST", f"{{a}}/access/{what}") for what in ("apps", "service_tokens")
    ]
    refused = [call for call in calls if place(SCOPES - {gone}).code_or_none(*call) == (403, 10000)]
    assert len(refused) == 1
    assert not [call for call in calls if place().code_or_none(*call) == (403, 10000)]


def test_a_token_that_is_over_or_unknown_is_refused() -> None:
    at = place()
    over = Permit("over", SCOPES, expires=at.clock.at + timedelta(seconds=1))
    off = Permit("off", SCOPES, status="disabled")
    at.account.permits += [over, off]
    ask = [Call("GET", "/zones", token=word) for word in (None, "unknown", "over", "off")]
    assert [at.api.handle(call).status for call in ask] == [400, 401, 200, 401]
    at.clock.forward(seconds=1)
    assert at.api.handle(ask[2]).body["errors"][0]["code"] == 1000


def test_who_asks_too_often_waits() -> None:
    at = place()
    calls = [at.ask("GET", "/zones").status for _ in range(1201)]
    assert calls == [200] * 1200 + [429]
    at.clock.forward(seconds=290)
    assert at.ask("GET", "/zones").headers == {"Retry-After": "11"}
    at.clock.forward(seconds=11)
    assert at.ask("GET", "/zones").status == 200


@pytest.mark.parametrize(("fault", "kept"), [(Fault.HANGS, 0), (Fault.LOST, 1)])
def test_a_call_without_an_answer_has_taken_effect_or_not(fault: Fault, kept: int) -> None:
    at = place(faults=Schedule({1: fault}))
    with pytest.raises(Silent):
        at.ask("POST", "{z}/dns_records", RECORD)
    assert len(at.account.records) == kept
    assert at.ask("GET", "/zones").status == 200


@pytest.mark.parametrize(("fault", "status"), [(Fault.TOO_MANY, 429), (Fault.BROKEN, 503)])
def test_a_call_that_is_refused_has_no_effect(fault: Fault, status: int) -> None:
    at = place(faults=Schedule({1: fault}))
    assert at.ask("POST", "{z}/dns_records", RECORD).status == status
    assert not at.account.records
    at.result("POST", "{z}/dns_records", RECORD)


def test_unknown_things_are_not_there() -> None:
    at = place()
    assert at.code("GET", "/nothing") == (404, 7000)
    assert at.code("GET", "/zones/unknown") == (404, 7003)
    assert at.code("GET", "/accounts/unknown/cfd_tunnel") == (404, 7003)
    assert at.code("GET", "{z}/dns_records/unknown") == (404, 81044)
    assert at.code("GET", "{a}/access/apps/unknown") == (404, 11021)
    assert at.code("POST", "{a}/access/policies", policy("unknown")) == (400, 12130)
    assert at.result("GET", "/user/tokens/verify")["status"] == "active"
    assert TOKEN not in str(at.result("GET", "/user/tokens/verify"))


def test_a_name_is_exposed_from_the_moment_when_only_its_guard_is_missing() -> None:
    at = place()
    token, its_policy, its_app = made(at)
    tunnel = at.result("POST", "{a}/cfd_tunnel", {"name": "one"})["id"]
    rules = [{"hostname": "ocr.example.org", "service": "http://a"}, {"service": "http_status:404"}]
    at.result("PUT", f"{{a}}/cfd_tunnel/{tunnel}/configurations", {"config": {"ingress": rules}})
    at.result("POST", "{z}/dns_records", {**RECORD, "content": f"{tunnel}.cfargotunnel.com"})
    assert {seen.exposed for seen in at.api.seen} == {frozenset()}
    at.result("PUT", f"{{a}}/access/policies/{its_policy}", {**policy(token), "include": [{"everyone": {}}]})
    assert at.api.seen[-1].exposed == {"ocr.example.org"}
    at.result("PUT", f"{{a}}/access/policies/{its_policy}", policy(token))
    assert not at.api.seen[-1].exposed
    at.result("DELETE", f"{{a}}/access/apps/{its_app}")
    assert at.api.seen[-1].exposed == {"ocr.example.org"}
