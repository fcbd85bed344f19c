"""What exists already becomes the stack's, with the real engine: ids stay, nothing is made twice, nobody notices."""

from __future__ import annotations

from typing import Any

from lab.cloudflare.exposure import exposed
from lab.cloudflare.scratch import Scratch

NAME = "ocr.example.org"
ONE = {
    "zone": "example.org",
    "team": "example",
    "tunnel": "by-hand",
    "hostnames": {NAME: {"audience": ["page-worker"]}},
}


def by_hand(edge: Scratch, *others: dict[str, Any]) -> str:
    """A tunnel with a record and rules that somebody made in the dashboard; return its id."""
    at = edge.at
    tunnel = at.result("POST", "{a}/cfd_tunnel", {"name": "by-hand", "config_src": "cloudflare"})["id"]
    token = at.result("POST", "{a}/access/service_tokens", {"name": "old"})["id"]
    include = [{"service_token": {"token_id": token}}]
    policy = at.result("POST", "{a}/access/policies", {"name": "old", "decision": "non_identity", "include": include})
    app = {"name": "old", "type": "self_hosted", "destinations": [{"type": "public", "uri": NAME}]}
    at.result("POST", "{a}/access/apps", {**app, "policies": [{"id": policy["id"]}]})
    rules = [*others, {"hostname": NAME, "service": "http://localhost:8000"}, {"service": "http_status:404"}]
    at.result("PUT", f"{{a}}/cfd_tunnel/{tunnel}/configurations", {"config": {"ingress": rules}})
    record = {"name": NAME, "type": "CNAME", "content": f"{tunnel}.cfargotunnel.com", "proxied": True, "ttl": 1}
    at.result("POST", "{z}/dns_records", record)
    return str(tunnel)


def test_a_tunnel_made_by_hand_becomes_the_stacks(edge: Scratch) -> None:
    tunnel = by_hand(edge)
    account = edge.at.account
    (app,), (record,) = account.apps, account.records
    aud = account.apps[app]["aud"]
    edge.write(ONE)
    refused = edge.ocrfleet("edge", "check", "lab")
    assert refused.code == 10, refused.out
    before = list(edge.at.api.writes)
    adopted = edge.ocrfleet("edge", "adopt", "lab", "--yes")
    assert adopted.code == 0, adopted.out
    assert edge.at.api.writes == before
    assert edge.ocrfleet("edge", "check", "lab").code == 0
    edge.up(ONE)
    assert (list(account.apps), list(account.records)) == ([app], [record])
    assert account.apps[app]["aud"] == aud
    assert [one for one in account.tunnels.values() if not one["deleted_at"]] == [account.tunnels[tunnel]]
    rule = account.configs[tunnel]["config"]["ingress"][0]
    assert rule["originRequest"]["access"]["audTag"] == [aud]
    assert account.records[record]["comment"] == "kept by ocrfleet"
    assert not exposed(account)
    assert edge.up(ONE) == []


def test_names_of_the_tunnel_that_the_host_file_does_not_have_are_not_lost_by_accident(edge: Scratch) -> None:
    by_hand(edge, {"hostname": "grafana.example.org", "service": "http://localhost:3000"})
    edge.write(ONE)
    ran = edge.ocrfleet("edge", "adopt", "lab", "--yes")
    assert ran.code == 10
    assert "the next deploy takes away the rule of grafana.example.org" in ran.out
    assert edge.ocrfleet("edge", "adopt", "lab", "--yes", "--take-over").code == 0
