"""Which names of an account anybody can reach: seen from what the account holds, not from what was asked for."""

from __future__ import annotations

from typing import Any

from lab.cloudflare.account import Account

SUFFIX = ".cfargotunnel.com"


def exposed(account: Account) -> set[str]:
    """Names that lead to a rule of a tunnel without an application whose every policy names who may pass."""
    guarded = {uri for app in account.apps.values() if _guards(account, app) for uri in app["self_hosted_domains"]}
    return {
        name
        for name, tunnel_id in public(account)
        for rule in _rules(account, tunnel_id)
        if rule.get("hostname") == name and name not in guarded
    }


def public(account: Account) -> set[tuple[str, str]]:
    """Every name that leads to a tunnel, with the tunnel's id."""
    return {
        (record["name"], record["content"].removesuffix(SUFFIX))
        for record in account.records.values()
        if record["type"] == "CNAME" and record["content"].endswith(SUFFIX)
    }


def _rules(account: Account, tunnel_id: str) -> list[dict[str, Any]]:
    config = account.configs.get(tunnel_id, {}).get("config") or {}
    return list(config.get("ingress", []))


def _guards(account: Account, app: dict[str, Any]) -> bool:
    """Whether an application lets in nobody but holders of tokens that are named; without a policy, nobody passes."""
    policies = [account.policies[link["id"]] for link in app["policies"]]
    return all(
        policy["decision"] == "non_identity" and all("service_token" in rule for rule in policy["include"])
        for policy in policies
    )
