"""What arrives at Cloudflare, call by call, when the real engine deploys an edge and takes it away."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise

from lab.cloudflare.place import TOKEN
from lab.cloudflare.scratch import TWO, Scratch

MADE = [
    *["POST service_tokens"] * 4,
    "POST policies",
    "POST policies",
    "POST apps",
    "POST apps",
    "POST cfd_tunnel",
    "PUT configurations",
    "POST dns_records",
    "POST dns_records",
]
GONE = [
    "DELETE dns_records",
    "DELETE dns_records",
    "DELETE cfd_tunnel",
    "DELETE apps",
    "DELETE apps",
    "DELETE policies",
    "DELETE policies",
    *["DELETE service_tokens"] * 4,
]
KINDS = ("service_tokens", "policies", "apps", "configurations", "cfd_tunnel", "dns_records")


def ranks(calls: list[str]) -> list[str]:
    """Each call as its method and the kind of thing it is about."""
    return [f"{call.split()[0]} {next(kind for kind in KINDS if f'/{kind}' in call)}" for call in calls]


def test_no_name_is_public_before_its_guard_or_after_it(edge: Scratch) -> None:
    made = edge.up(TWO)
    assert sorted(ranks(made), key=MADE.index) == MADE
    assert in_order(ranks(made), MADE)
    assert edge.up(TWO) == []
    account = edge.at.account
    assert sorted(account.records) != []
    gone = edge.destroy()
    assert sorted(ranks(gone), key=GONE.index) == GONE
    assert in_order(ranks(gone), GONE)
    assert [account.records, account.apps, account.policies, account.tokens, account.configs] == [{}] * 5
    assert {seen.exposed for seen in edge.at.api.seen} == {frozenset()}


def in_order(calls: list[str], expected: list[str]) -> bool:
    """Whether what depends on another comes after it: a token of one name may come after the policy of another."""
    last = {call: index for index, call in enumerate(calls)}
    first = {call: calls.index(call) for call in calls}
    steps = [call for call in dict.fromkeys(expected) if call.split()[1] not in {"service_tokens", "policies"}]
    return all(last[one] < first[other] for one, other in pairwise(steps))


def test_an_edge_changes_without_a_moment_of_exposure(edge: Scratch) -> None:
    edge.up(TWO)
    fewer = deepcopy(TWO)
    del fewer["hostnames"]["ollama.example.org"]  # type: ignore[attr-defined]
    calls = edge.up(fewer)
    assert ranks(calls) == [
        "PUT configurations",
        "DELETE dns_records",
        "DELETE apps",
        "DELETE policies",
        "DELETE service_tokens",
        "DELETE service_tokens",
    ]
    assert len(edge.up(TWO)) == len(calls)
    assert edge.up(None) != []
    assert edge.at.account.tunnels
    assert all(tunnel["deleted_at"] for tunnel in edge.at.account.tunnels.values())
    assert {seen.exposed for seen in edge.at.api.seen} == {frozenset()}


def test_what_somebody_changed_is_seen_and_put_right(edge: Scratch) -> None:
    edge.up(TWO)
    account = edge.at.account
    (app, *_) = account.apps.values()
    app["session_duration"] = "720h"
    policy = account.policies[app["policies"][0]["id"]]
    policy["include"] = [{"everyone": {}}]
    assert sorted(ranks(edge.up(TWO, "--refresh"))) == ["PUT apps", "PUT policies"]
    assert account.policies[policy["id"]]["include"] != [{"everyone": {}}]
    assert account.apps[app["id"]]["session_duration"] == "24h"


def test_a_zone_of_another_account_is_refused_before_anything_is_made(edge: Scratch) -> None:
    edge.write({**TWO, "account": "Somebody else"})
    ran = edge.pulumi("up", "--yes", "--skip-preview", "--stack=lab")
    assert ran.code != 0
    assert "belongs to the account Example, and the host file says Somebody else" in ran.out
    assert edge.at.api.writes == []


def test_no_secret_is_in_the_state_or_the_output(edge: Scratch) -> None:
    edge.write(TWO)
    ran = edge.pulumi("up", "--yes", "--skip-preview", "--stack=lab")
    secrets = [token["client_secret"] for token in edge.at.account.tokens.values()]
    assert len(secrets) == 4
    kept = edge.pulumi("stack", "export", "--stack=lab").out
    assert kept.count("ciphertext") >= len(secrets)
    shown = edge.pulumi("stack", "output", "--json", "--stack=lab").out
    for secret in (*secrets, TOKEN):
        assert secret not in ran.out + kept + shown
