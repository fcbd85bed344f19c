"""`ocrfleet edge` and a deploy of a public host: what Cloudflare would not take is said before anything is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.cloudflare.account import Permit
from lab.cloudflare.place import SCOPES, TOKEN, Place
from ocrfleet.project import Project
from tests.loopback.cli.terminal import PUBLIC as NAME
from tests.loopback.cli.terminal import Ocrfleet, Says

FOREIGN = {"name": NAME, "type": "A", "content": "192.0.2.1", "ttl": 1}


def asked(folder: Path) -> str:
    """What else pulumi was asked."""
    path = folder / "asked"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_an_account_that_can_take_the_edge_is_said_to(ocrfleet: Ocrfleet, public: Place, pulumi: Says) -> None:
    ran = ocrfleet("edge", "check", "lab")
    assert ran.code == 0
    assert all(line.startswith("ok ") for line in ran.out.splitlines())
    assert f"ok   record {NAME}: no other has this name" in ran.out
    assert [one["good"] for one in ocrfleet("edge", "check", "lab", "--json").json] == [True] * 13
    assert public.api.writes == []


def test_a_foreign_record_stops_a_deploy_before_it_begins(
    ocrfleet: Ocrfleet, public: Place, pulumi: Says, tmp_path: Path
) -> None:
    public.result("POST", "{z}/dns_records", FOREIGN)
    ran = ocrfleet("edge", "check", "lab")
    assert ran.code == 10
    assert f"FAIL record {NAME}: there is a record A {NAME} 192.0.2.1 that is not of this stack" in ran.out
    ran = ocrfleet("deploy", "lab")
    assert ran.code == 10
    assert ran.err.startswith("failed:  Cloudflare cannot take the edge of lab as it is:")
    assert "changed: nothing" in ran.err
    assert asked(tmp_path) == ""
    public.account.records.clear()
    assert ocrfleet("deploy", "lab").code == 0
    assert asked(tmp_path).startswith("up ")


def test_two_hosts_with_the_same_name_are_not_deployed(
    ocrfleet: Ocrfleet, public: Place, project: Project, pulumi: Says, tmp_path: Path
) -> None:
    text = (project.hosts / "lab.yaml").read_text(encoding="utf-8")
    (project.hosts / "attic.yaml").write_text(text.replace('"name": "lab"', '"name": "attic"'), encoding="utf-8")
    (project.hosts / "broken.yaml").write_text("name: [", encoding="utf-8")
    ran = ocrfleet("deploy", "lab")
    assert ran.code == 10
    assert f"attic has the name {NAME}, too" in ran.err
    assert asked(tmp_path) == ""


def test_a_foreign_record_stops_a_rotation_of_the_tunnel_before_its_token_is_dead(
    ocrfleet: Ocrfleet, public: Place, pulumi: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tunnel = public.result("POST", "{a}/cfd_tunnel", {"name": "ocrfleet-lab", "config_src": "cloudflare"})["id"]
    kind = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared"
    pulumi({"urn": "u", "type": kind, "id": tunnel, "outputs": {}})
    public.result("POST", "{z}/dns_records", FOREIGN)
    writes = list(public.api.writes)
    ran = ocrfleet("rotate", "lab", "tunnel")
    assert ran.code == 10
    assert ran.err.startswith("failed:  Cloudflare cannot take the edge of lab as it is:")
    assert (public.api.writes, asked(tmp_path)) == (writes, "")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert ocrfleet("rotate", "lab", "tunnel").code == 10
    assert public.api.writes == writes


def test_a_rotation_of_the_tunnel_is_a_deploy_that_waits_as_it_was_asked_to(
    ocrfleet: Ocrfleet, public: Place, pulumi: Says, tmp_path: Path
) -> None:
    tunnel = public.result("POST", "{a}/cfd_tunnel", {"name": "ocrfleet-lab", "config_src": "cloudflare"})["id"]
    kind = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared"
    pulumi({"urn": "u", "type": kind, "id": tunnel, "outputs": {}}, code=9)
    ran = ocrfleet("rotate", "lab", "tunnel", "--wait", "7")
    assert ran.code == 30
    assert "nobody joins with the old one" in ran.err
    assert asked(tmp_path).endswith("waits 7.0\n")


@pytest.mark.parametrize("right", ["Access: Service Tokens", "Zone"])
def test_a_right_that_the_token_lacks_is_named(ocrfleet: Ocrfleet, public: Place, pulumi: Says, right: str) -> None:
    scopes = frozenset(scope for scope in SCOPES if not scope.startswith(f"{right} "))
    public.account.permits[:] = [Permit(TOKEN, scopes)]
    ran = ocrfleet("rotate", "lab", "access")
    assert ran.code == 10
    assert f"failed:  the token of Cloudflare's API lacks the right {right} Read for GET /" in ran.err
    assert "ocrfleet edge check HOST" in ran.err


def test_rules_of_somebody_else_are_overwritten_only_when_that_is_asked_for(
    ocrfleet: Ocrfleet, public: Place, pulumi: Says, tmp_path: Path
) -> None:
    tunnel = public.result("POST", "{a}/cfd_tunnel", {"name": "ocrfleet-lab", "config_src": "cloudflare"})["id"]
    rules = [{"hostname": "x.example.org", "service": "http://x"}, {"service": "http_status:404"}]
    public.result("PUT", f"{{a}}/cfd_tunnel/{tunnel}/configurations", {"config": {"ingress": rules}})
    kind = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig"
    pulumi({"urn": "u", "type": kind, "id": tunnel, "outputs": {"config": {"ingresses": rules[1:]}}})
    ran = ocrfleet("deploy", "lab")
    assert ran.code == 10
    assert "x.example.org: written nothing; found every path to http://x, not checked" in ran.err
    assert asked(tmp_path) == ""
    assert ocrfleet("deploy", "lab", "--take-over").code == 0
    assert asked(tmp_path).startswith("up ")


def test_a_host_that_is_not_public_has_no_edge_and_needs_no_token(
    ocrfleet: Ocrfleet, project: Project, pulumi: Says, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    assert ocrfleet("deploy", "lab").code == 0
    assert asked(tmp_path).startswith("up ")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    for command in ("check", "adopt"):
        ran = ocrfleet("edge", command, "lab")
        assert (ran.code, ran.out) == (10, "")
        assert "lab is not public: its host file has no edge" in ran.err


def test_without_a_token_a_public_host_is_not_deployed(
    ocrfleet: Ocrfleet, public: Place, pulumi: Says, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    ran = ocrfleet("deploy", "lab")
    assert ran.code == 10
    assert "CLOUDFLARE_API_TOKEN is not set" in ran.err
    assert asked(tmp_path) == ""


def test_an_audit_ends_by_what_it_found(ocrfleet: Ocrfleet, at: Place) -> None:
    assert (ocrfleet("edge", "audit").code, ocrfleet("edge", "audit").out) == (0, "every name has its guard\n")
    at.result("POST", "{z}/dns_records", {**FOREIGN, "type": "CNAME", "content": "t.cfargotunnel.com"})
    ran = ocrfleet("edge", "audit")
    assert (ran.code, ran.out) == (20, f"OPEN {NAME} (record): no application covers it\n1 open\n")
    why = {"name": NAME, "where": "record", "why": "no application covers it"}
    assert ocrfleet("edge", "audit", "--json").json == [why]


@pytest.mark.parametrize("gone", ["DNS Write", "Access: Apps and Policies Write", "Zone Read"])
def test_an_audit_that_may_not_look_at_everything_does_not_say_that_all_is_well(
    ocrfleet: Ocrfleet, at: Place, gone: str
) -> None:
    (permit,) = at.account.permits
    at.account.permits[0] = type(permit)(permit.value, permit.scopes - {gone})
    ran = ocrfleet("edge", "audit")
    assert ran.code == 10
    assert f"the token may not look at everything: it lacks {gone}" in ran.err


def test_adopting_is_said_before_it_is_done(ocrfleet: Ocrfleet, public: Place, pulumi: Says, tmp_path: Path) -> None:
    assert ocrfleet("edge", "adopt", "lab", "--yes").out == "there is nothing to take over\n"
    public.result("POST", "{a}/cfd_tunnel", {"name": "ocrfleet-lab", "config_src": "cloudflare"})
    ran = ocrfleet("edge", "adopt", "lab")
    assert (ran.code, ran.out.splitlines()[0]) == (10, "take over the tunnel ocrfleet-lab")
    assert asked(tmp_path) == ""
    ran = ocrfleet("edge", "adopt", "lab", "--yes")
    assert (ran.code, ran.out.splitlines()[-1]) == (
        0,
        "1 things are the stack's now; what a deploy changes: pulumi preview -s lab",
    )
    assert asked(tmp_path).startswith("import --file=")
    pulumi(code=1)
    ran = ocrfleet("edge", "adopt", "lab", "--yes")
    assert ran.code == 40
    assert "Pulumi did not take all of it over: exit code 1" in ran.err


def test_what_is_somebody_elses_is_not_adopted(ocrfleet: Ocrfleet, public: Place, pulumi: Says, tmp_path: Path) -> None:
    public.result("POST", "{a}/cfd_tunnel", {"name": "ocrfleet-lab"})
    public.result("POST", "{z}/dns_records", FOREIGN)
    ran = ocrfleet("edge", "adopt", "lab", "--yes", "--take-over")
    assert ran.code == 10
    assert f"not ours: the record A {NAME} 192.0.2.1" in ran.out
    assert asked(tmp_path) == ""
    assert len(public.account.records) == 1


@pytest.mark.parametrize("command", ["check", "audit", "adopt"])
def test_the_help_of_each_teaches(ocrfleet: Ocrfleet, command: str) -> None:
    ran = ocrfleet("edge", command, "--help")
    assert ran.code == 0
    assert f"  Example: ocrfleet edge {command} " in ran.out
    assert "Ends with" in ran.out
