"""What a stack takes over from an account: things of its own names, and nothing of anybody else."""

from __future__ import annotations

from ocrfleet.edge.adopt import import_file, plan_adoption
from tests.unit.edge.accounts import EDGE, NAME, OURS, RULES, account, app, cname

NOBODY: frozenset[str] = frozenset()


def test_everything_of_an_edge_is_taken_over_with_the_ids_that_imports_ask_for() -> None:
    plan = plan_adoption(EDGE, account(), NOBODY)
    assert [(one.kind, one.name, one.id) for one in plan.imports] == [
        ("ZeroTrustTunnelCloudflared", "lab", "account/tunnel"),
        ("ZeroTrustTunnelCloudflaredConfig", "lab", "account/tunnel"),
        ("ZeroTrustAccessServiceToken", "lab-page-worker", "accounts/account/token"),
        ("ZeroTrustAccessServiceToken", "lab-page-worker.2", "accounts/account/token-2"),
        ("ZeroTrustAccessPolicy", NAME, "account/policy"),
        ("ZeroTrustAccessApplication", NAME, "accounts/account/app"),
        ("DnsRecord", NAME, "zone/record"),
    ]
    assert (plan.lost, plan.foreign) == ((), ())


def test_what_is_of_the_stack_already_is_not_imported_again() -> None:
    plan = plan_adoption(EDGE, account(), OURS)
    assert plan.imports == ()
    assert plan.lines() == ["there is nothing to take over"]


def test_names_that_the_host_file_does_not_have_would_be_lost() -> None:
    extra = {"hostname": "grafana.example.org", "service": "http://a"}
    plan = plan_adoption(EDGE, account(configs={"tunnel": {"config": {"ingress": [extra, *RULES]}}}), NOBODY)
    assert plan.lost == ("grafana.example.org",)
    assert "the next deploy takes away the rule of grafana.example.org: put it into the host file" in plan.lines()


def test_what_is_somebody_elses_stays_that() -> None:
    address = {"id": "x", "type": "A", "name": NAME, "content": "192.0.2.1"}
    plan = plan_adoption(EDGE, account(records=(address,), apps=(app("wide", "*.example.org"),)), NOBODY)
    kinds = [one.kind for one in plan.imports]
    assert "DnsRecord" not in kinds
    assert "ZeroTrustAccessApplication" not in kinds
    assert plan.foreign == (f"the record A {NAME} 192.0.2.1", "the application wide of *.example.org")


def test_a_record_to_another_tunnel_is_somebody_elses() -> None:
    plan = plan_adoption(EDGE, account(records=(cname(NAME, "other"),)), NOBODY)
    assert plan.foreign == (f"the record CNAME {NAME} other.cfargotunnel.com",)


def test_an_account_without_the_zone_has_nothing_to_take_over() -> None:
    plan = plan_adoption(EDGE, account(zones=()), NOBODY)
    assert plan.imports == ()
    assert plan.foreign == ("the token sees no zone example.org",)


def test_things_are_imported_into_the_edge_of_the_stack_whether_it_has_one_or_not() -> None:
    plan = plan_adoption(EDGE, account(), NOBODY)
    fresh, known = import_file(EDGE, plan, None), import_file(EDGE, plan, "urn:edge")
    assert fresh["resources"][0] == {
        "type": "ocrfleet:index:Edge",
        "name": "edge",
        "logicalName": "lab",
        "component": True,
    }
    assert fresh["resources"][1:] == known["resources"]
    assert known["nameTable"] == {"edge": "urn:edge"}
    assert known["resources"][0] == {
        "type": "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",
        "name": "thing-0",
        "logicalName": "lab",
        "id": "account/tunnel",
        "parent": "edge",
    }
