"""The stand-in for the real plugin: its tokens and properties are the SDK's, and what it does arrives at the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.cloudflare.faults import Fault, Schedule
from lab.cloudflare.place import TOKEN, Place, place
from lab.cloudflare.plugin import resources
from lab.cloudflare.plugin.client import ApiError, Client
from lab.cloudflare.plugin.kinds import KINDS, Kind
from lab.cloudflare.server import serving
from lab.plugins.package import seen_as
from lab.plugins.shapes import wrong

BY_NAME = {kind.name: kind for kind in KINDS.values()}
RECORD = {"name": "ocr.example.org", "type": "CNAME", "content": "a.example.com", "ttl": 1, "proxied": True}
POLICY = BY_NAME["ZeroTrustAccessPolicy"]


@pytest.fixture
def at() -> Place:
    return place()


@pytest.fixture
def client(at: Place) -> Iterator[Client]:
    with serving(at.api) as served:
        client = Client({"apiToken": TOKEN, "baseUrl": served.url})
        yield client
        client.close()


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(BY_NAME))
def test_every_kind_is_one_of_the_sdk(kind: Kind) -> None:
    sdk = Path(kind_file(kind)).read_text(encoding="utf-8")
    assert f'@pulumi.type_token("{kind.type}")' in sdk
    assert kind.inputs.keys() <= kind.outputs.keys()
    assert kind.inputs
    assert kind.replaces & kind.inputs.keys()
    assert kind.secret is None or f'additional_secret_outputs=["{kind.secret}"]' in sdk


def kind_file(kind: Kind) -> str:
    """Where the SDK declares a kind."""
    from importlib.util import find_spec

    spec = find_spec("pulumi_cloudflare")
    assert spec is not None
    assert spec.origin is not None
    return spec.origin.replace("__init__", kind.module)


def test_a_property_that_the_sdk_does_not_have_is_refused_however_deep() -> None:
    kind = BY_NAME["ZeroTrustTunnelCloudflaredConfig"]
    rule: dict[str, Any] = {
        "hostname": "a",
        "service": "b",
        "originRequest": {"access": {"audTags": [], "teamName": "t"}},
    }
    good = {"accountId": "a", "tunnelId": "t", "config": {"ingresses": [rule]}}
    assert list(wrong(good, kind.inputs)) == []
    rule["originRequest"]["access"]["audTag"] = []
    assert list(wrong(good, kind.inputs)) == [
        ("config.ingresses.originRequest.access.audTag", "is no property of the SDK")
    ]
    assert list(wrong({"accountId": "a", "tunnel_id": "t"}, kind.inputs)) == [
        ("tunnelId", "is required"),
        ("tunnel_id", "is no property of the SDK"),
    ]


def test_a_policy_is_said_in_the_words_of_the_api_and_heard_in_those_of_the_sdk() -> None:
    said = {"accountId": "a", "includes": [{"serviceToken": {"tokenId": "t"}}], "sessionDuration": "1h"}
    body = {"include": [{"service_token": {"token_id": "t"}}], "session_duration": "1h"}
    assert POLICY.body(said) == body
    assert POLICY.properties({**body, "unheard_of": 1, "app_count": 2}, {"accountId": "a"}) == {**said, "appCount": 2}


def test_a_record_is_made_changed_read_and_taken_away(at: Place, client: Client) -> None:
    kind, wanted = BY_NAME["DnsRecord"], {**RECORD, "zoneId": at.zone}
    its_id, made = resources.create(client, kind, wanted)
    assert made.items() >= wanted.items()
    changed = resources.update(client, kind, its_id, {**wanted, "comment": "ours"}, made)
    assert resources.read(client, kind, its_id, changed) == (its_id, changed)
    assert resources.read(client, kind, f"{at.zone}/{its_id}", {}) == (its_id, changed)
    resources.delete(client, kind, its_id, changed)
    resources.delete(client, kind, its_id, changed)
    assert resources.read(client, kind, its_id, changed) is None


def test_a_secret_that_is_told_once_is_kept(at: Place, client: Client) -> None:
    kind, wanted = BY_NAME["ZeroTrustAccessServiceToken"], {"accountId": at.account.id, "name": "t"}
    its_id, made = resources.create(client, kind, wanted)
    found = resources.read(client, kind, its_id, made)
    assert found is not None
    assert found[1]["clientSecret"] == made["clientSecret"]
    renamed = resources.update(client, kind, its_id, {**wanted, "name": "u"}, made)
    assert renamed["clientSecret"] == made["clientSecret"]
    turned = resources.update(client, kind, its_id, {**wanted, "clientSecretVersion": 2}, made)
    assert turned["clientSecret"] != made["clientSecret"]


def test_drift_is_seen_in_what_was_asked_for_only() -> None:
    wanted = {"name": "a", "policies": [{"id": "p"}]}
    real = {"name": "b", "policies": [{"id": "p", "name": "long"}], "aud": "x"}
    assert seen_as(wanted, real) == {"name": "b", "policies": [{"id": "p"}]}
    assert seen_as(wanted, {**real, "policies": []}) == {"name": "b", "policies": []}


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.BROKEN])
def test_a_refusal_that_passes_is_waited_for(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    at = place(faults=Schedule({1: fault, 2: fault}, retry_after=7))
    with serving(at.api) as served:
        client = Client({"apiToken": TOKEN, "baseUrl": served.url})
        resources.create(client, BY_NAME["DnsRecord"], {**RECORD, "zoneId": at.zone})
        client.close()
    assert [wait for wait in waited if wait in {7.0, 0.2}] == [7.0 if fault is Fault.TOO_MANY else 0.2] * 2
    assert len(at.account.records) == 1


def test_what_may_have_been_made_is_not_made_again() -> None:
    at = place(faults=Schedule({1: Fault.LOST, 2: Fault.HANGS}))
    with serving(at.api) as served:
        client = Client({"apiToken": TOKEN, "baseUrl": served.url})
        with pytest.raises(ApiError, match="no answer"):
            resources.create(client, BY_NAME["ZeroTrustAccessServiceToken"], {"accountId": at.account.id, "name": "t"})
        assert len(client.ask("GET", f"/accounts/{at.account.id}/access/service_tokens")) == 1
        client.close()


def test_a_program_asks_for_its_zone(at: Place, client: Client) -> None:
    found = resources.invoke(client, "cloudflare:index/getZone:getZone", {"filter": {"name": "example.org"}})
    assert (found["zoneId"], found["account"]["id"]) == (at.zone, at.account.id)
    with pytest.raises(ApiError, match="expected one zone, found 0"):
        resources.invoke(client, "cloudflare:index/getZone:getZone", {"filter": {"name": "example.com"}})


def test_an_answer_that_is_no_json_is_an_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx.Client, "request", lambda *_, **__: httpx.Response(502, text="<html>"))
    with pytest.raises(ApiError, match="502 an answer that is no JSON"):
        client.ask("GET", "/zones")
