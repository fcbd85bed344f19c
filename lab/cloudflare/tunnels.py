"""Tunnels, their tokens and their configurations."""

from __future__ import annotations

import base64
import json
from typing import Any

from lab.cloudflare.account import Account
from lab.cloudflare.answers import Answer, Call, Denied, good, page


def create(account: Account, call: Call) -> Answer:
    name = call.body.get("name")
    if not name:
        raise Denied(400, 1003, "Tunnel name is required")
    if any(one["name"] == name and not one["deleted_at"] for one in account.tunnels.values()):
        raise Denied(409, 1013, "You already have a tunnel with this name.")
    tunnel = {
        "id": account.uuid(),
        "account_tag": account.id,
        "name": name,
        "created_at": account.moment(),
        "deleted_at": None,
        "connections": [],
        "conns_active_at": None,
        "conns_inactive_at": None,
        "tun_type": "cfd_tunnel",
        "metadata": {},
        "status": "inactive",
        "remote_config": call.body.get("config_src") == "cloudflare",
        "config_src": call.body.get("config_src", "local"),
    }
    account.tunnels[tunnel["id"]] = tunnel
    account.secrets[tunnel["id"]] = call.body.get("tunnel_secret") or _secret(account)
    return good(tunnel)


def listed(account: Account, call: Call) -> Answer:
    wanted = {"name": call.query.get("name"), "id": call.query.get("uuid")}
    alive = call.query.get("is_deleted") == "false"
    found = [
        tunnel
        for tunnel in account.tunnels.values()
        if all(value in {None, tunnel[key]} for key, value in wanted.items()) and not (alive and tunnel["deleted_at"])
    ]
    return page(found, call.query)


def read(account: Account, call: Call, tunnel_id: str) -> Answer:
    return good(_tunnel(account, tunnel_id))


def change(account: Account, call: Call, tunnel_id: str) -> Answer:
    tunnel = _alive(account, tunnel_id)
    tunnel["name"] = call.body.get("name", tunnel["name"])
    account.secrets[tunnel_id] = call.body.get("tunnel_secret", account.secrets[tunnel_id])
    return good(tunnel)


def delete(account: Account, call: Call, tunnel_id: str) -> Answer:
    tunnel = _alive(account, tunnel_id)
    if tunnel["connections"]:
        raise Denied(400, 1022, "Cannot delete tunnel because it has active connections")
    tunnel["deleted_at"] = account.moment()
    account.configs.pop(tunnel_id, None)
    return good(tunnel)


def throw_out(account: Account, call: Call, tunnel_id: str) -> Answer:
    """End the connections of every connector; whoever has the tunnel's token may join again."""
    _alive(account, tunnel_id)["connections"] = []
    return good({})


def token(account: Account, call: Call, tunnel_id: str) -> Answer:
    return good(run_token(account, _alive(account, tunnel_id)["id"]))


def run_token(account: Account, tunnel_id: str) -> str:
    """The text with which a connector may join a tunnel."""
    said = {"a": account.id, "t": tunnel_id, "s": account.secrets[tunnel_id]}
    return base64.b64encode(json.dumps(said).encode()).decode()


def configured(account: Account, call: Call, tunnel_id: str) -> Answer:
    _alive(account, tunnel_id)
    nothing = {"tunnel_id": tunnel_id, "account_id": account.id, "version": 0, "config": None, "source": "cloudflare"}
    return good(account.configs.get(tunnel_id, nothing))


def configure(account: Account, call: Call, tunnel_id: str) -> Answer:
    """Replace the whole configuration: what the call does not say is gone."""
    _alive(account, tunnel_id)
    rules = (call.body.get("config") or {}).get("ingress") or []
    if not rules or rules[-1].get("hostname") or rules[-1].get("path"):
        raise Denied(400, 1056, "Bad Configuration: The last ingress rule must match all URLs")
    if any(not rule.get("service") for rule in rules):
        raise Denied(400, 1056, "Bad Configuration: Every ingress rule needs a service")
    version = account.configs.get(tunnel_id, {}).get("version", 0) + 1
    account.configs[tunnel_id] = {
        "tunnel_id": tunnel_id,
        "account_id": account.id,
        "version": version,
        "config": call.body["config"],
        "source": "cloudflare",
        "created_at": account.moment(),
    }
    return good(account.configs[tunnel_id])


def _tunnel(account: Account, tunnel_id: str) -> dict[str, Any]:
    if tunnel_id not in account.tunnels:
        raise Denied(404, 1003, "Tunnel not found")
    return account.tunnels[tunnel_id]


def _alive(account: Account, tunnel_id: str) -> dict[str, Any]:
    tunnel = _tunnel(account, tunnel_id)
    if tunnel["deleted_at"]:
        raise Denied(404, 1003, "Tunnel not found")
    return tunnel


def _secret(account: Account) -> str:
    return base64.b64encode(account.hexadecimal(64).encode()).decode()
