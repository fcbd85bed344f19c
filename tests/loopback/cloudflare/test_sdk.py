"""Cloudflare's own client asks the emulator: what we send has its types, and what comes back is read by its models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args, get_origin

import pytest
from cloudflare import APIConnectionError, APIStatusError, Cloudflare, RateLimitError
from cloudflare.types.dns.record_create_params import CNAMERecord
from cloudflare.types.zero_trust.access.application_create_params import SelfHostedApplication
from cloudflare.types.zero_trust.access.policy_create_params import PolicyCreateParams
from cloudflare.types.zero_trust.tunnels.cloudflared.configuration_update_params import ConfigurationUpdateParams
from typing_extensions import get_type_hints, is_typeddict

from lab.cloudflare.faults import Fault, Schedule
from lab.cloudflare.place import TOKEN, Place, place
from lab.cloudflare.server import serving
from ocrfleet.edge.declared import application, ingress, policy, record, token_name
from tests.unit.edge.wanted import wanted

EDGE = wanted()
DOOR = EDGE.doors[0]


@pytest.fixture
def at() -> Place:
    return place()


@pytest.fixture
def ask(at: Place) -> Iterator[Any]:
    with client(at) as ask:
        yield ask


@contextmanager
def client(at: Place, **words: Any) -> Iterator[Any]:
    """Cloudflare's client, which raises for every answer that is not of its own shape."""
    strict = {"_strict_response_validation": True, **words}
    with serving(at.api) as served, Cloudflare(api_token=TOKEN, base_url=served.url, **strict) as ask:
        yield ask


def test_an_edge_is_made_read_and_taken_away_by_the_official_client(at: Place, ask: Any) -> None:
    account = at.account.id
    zone = ask.zones.list(name=EDGE.zone).result[0]
    access, tunnels = ask.zero_trust.access, ask.zero_trust.tunnels.cloudflared
    token = access.service_tokens.create(account_id=account, name=token_name(EDGE, "page-worker"))
    rule = access.policies.create(account_id=account, **policy(EDGE, DOOR, dict.fromkeys(EDGE.tokens, token.id)))
    app = access.applications.create(account_id=account, **application(EDGE, DOOR, rule.id))
    tunnel = tunnels.create(account_id=account, name=EDGE.tunnel, config_src="cloudflare")
    config = {"ingress": ingress(EDGE, {DOOR.hostname: app.aud})}
    # The models want a hostname in every rule, which the one that takes all that is left cannot have.
    with client(at, _strict_response_validation=False) as lenient:
        configurations = lenient.zero_trust.tunnels.cloudflared.configurations
        configurations.update(tunnel.id, account_id=account, config=config)
        found = configurations.get(tunnel.id, account_id=account).config
    made = ask.dns.records.create(zone_id=zone.id, **record(DOOR, tunnel.id))
    assert all(not seen.exposed for seen in at.api.seen)
    assert [one.id for one in access.applications.list(account_id=account)] == [app.id]
    assert [one.id for one in access.policies.list(account_id=account)] == [rule.id]
    assert [one.id for one in access.service_tokens.list(account_id=account)] == [token.id]
    assert [one.id for one in tunnels.list(account_id=account, name=EDGE.tunnel)] == [tunnel.id]
    assert [one.id for one in ask.dns.records.list(zone_id=zone.id, name={"exact": DOOR.hostname})] == [made.id]
    assert found.ingress[0].origin_request.access.aud_tag == [app.aud]
    assert tunnels.token.get(tunnel.id, account_id=account)
    assert ask.user.tokens.verify().status == "active"
    assert ask.zero_trust.organizations.list(account_id=account).auth_domain == "example.cloudflareaccess.com"
    ask.dns.records.delete(made.id, zone_id=zone.id)
    tunnels.delete(tunnel.id, account_id=account)
    access.applications.delete(app.id, account_id=account)
    access.policies.delete(rule.id, account_id=account)
    access.service_tokens.delete(token.id, account_id=account)
    held = at.account
    assert [held.records, held.apps, held.policies, held.tokens, held.configs] == [{}] * 5


def test_a_token_is_rotated_by_the_official_client(at: Place, ask: Any) -> None:
    tokens = ask.zero_trust.access.service_tokens
    token = tokens.create(account_id=at.account.id, name="t")
    turned = tokens.rotate(token.id, account_id=at.account.id)
    assert turned.client_secret != token.client_secret
    assert turned.client_id == token.client_id


def test_pages_are_followed_to_the_last(at: Place, ask: Any) -> None:
    for number in range(7):
        at.result("POST", "{z}/dns_records", {**record(DOOR, "t"), "name": f"n{number}.example.org"})
    found = ask.dns.records.list(zone_id=at.zone, per_page=3)
    assert len(list(found)) == 7


def test_a_refusal_has_the_official_shape(at: Place, ask: Any) -> None:
    with pytest.raises(APIStatusError) as caught:
        ask.dns.records.get("unknown", zone_id=at.zone)
    assert caught.value.status_code == 404
    assert [error.code for error in caught.value.errors] == [81044]


def test_the_official_client_gives_up_at_429_and_where_the_answer_is_lost() -> None:
    broken = place(faults=Schedule({1: Fault.TOO_MANY, 2: Fault.LOST}))
    with client(broken, max_retries=0) as once:
        with pytest.raises(RateLimitError) as caught:
            once.zones.list()
        assert caught.value.response.headers["Retry-After"] == "1"
        with pytest.raises(APIConnectionError):
            once.dns.records.create(zone_id=broken.zone, **record(DOOR, "t"))
    assert len(broken.account.records) == 1


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (policy(EDGE, DOOR, dict.fromkeys(EDGE.tokens, "id")), PolicyCreateParams),
        (application(EDGE, DOOR, "id"), SelfHostedApplication),
        (record(DOOR, "id"), CNAMERecord),
        ({"config": {"ingress": ingress(EDGE, {DOOR.hostname: "tag"})}}, ConfigurationUpdateParams),
    ],
)
def test_what_is_sent_has_only_names_that_the_official_types_have(sent: Any, kind: Any) -> None:
    assert list(unknown(sent, kind)) == []
    assert list(unknown({**sent, "everyone": True}, kind)) == ["everyone"]


def unknown(value: Any, kind: Any) -> Iterator[str]:
    """Give every key that the type does not have, wherever in the value it stands."""
    if isinstance(value, list):
        yield from (name for entry in value for name in unknown(entry, kind))
    options = [one for one in _typed(kind) if isinstance(value, dict)]
    if options:
        least = min((list(_outside(value, one)) for one in options), key=len)
        yield from least


def _outside(value: dict[str, Any], kind: Any) -> Iterator[str]:
    names = {_alias(hint) or name: hint for name, hint in get_type_hints(kind, include_extras=True).items()}
    for name, inner in value.items():
        if name not in names:
            yield name
        else:
            yield from unknown(inner, names[name])


def _typed(kind: Any) -> list[Any]:
    """Every mapping type inside an annotation."""
    if is_typeddict(kind):
        return [kind]
    return [found for inner in get_args(kind) if get_origin(kind) is not None for found in _typed(inner)]


def _alias(hint: Any) -> str | None:
    """The name on the wire, where that is another than Python's."""
    found = [getattr(extra, "alias", None) for extra in getattr(hint, "__metadata__", ())]
    return next((name for name in found if name), None) or next(
        (name for inner in get_args(hint) if (name := _alias(inner))), None
    )
