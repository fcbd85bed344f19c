"""Service tokens of Access: a secret is told once, when it is made, and two are good while one follows the other."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from lab.cloudflare.account import Account
from lab.cloudflare.answers import Answer, Call, Denied, good, page

# What only the account may know.
HIDDEN = ("client_secret", "previous")


def create(account: Account, call: Call) -> Answer:
    if not call.body.get("name"):
        raise Denied(400, 12130, "access.api.error.invalid_request: name is required")
    duration = call.body.get("duration", "8760h")
    token = {
        "id": account.uuid(),
        "name": call.body["name"],
        "client_id": f"{account.hexadecimal(32)}.access",
        "client_secret": account.hexadecimal(64),
        "client_secret_version": 1,
        "duration": duration,
        "enabled": call.body.get("enabled", True),
        "expires_at": _end(account, duration),
        "created_at": account.moment(),
        "updated_at": account.moment(),
        "previous": None,
    }
    account.tokens[token["id"]] = token
    return good({**_shown(token), "client_secret": token["client_secret"]})


def listed(account: Account, call: Call) -> Answer:
    name = call.query.get("name")
    return page([_shown(token) for token in account.tokens.values() if name in {None, token["name"]}], call.query)


def read(account: Account, call: Call, token_id: str) -> Answer:
    return good(_shown(_token(account, token_id)))


def change(account: Account, call: Call, token_id: str) -> Answer:
    """Rename it, make its next secret when the version says so, or change the time of the secret before."""
    token, until = _token(account, token_id), call.body.get("previous_client_secret_expires_at")
    token.update({key: call.body[key] for key in ("name", "duration", "enabled") if key in call.body})
    if call.body.get("client_secret_version", 0) > token["client_secret_version"]:
        return _turn(account, token, until)
    if until and token["previous"]:
        token["previous"] = (token["previous"][0], until)
    return good(_shown(token))


def rotate(account: Account, call: Call, token_id: str) -> Answer:
    return _turn(account, _token(account, token_id), call.body.get("previous_client_secret_expires_at"))


def refresh(account: Account, call: Call, token_id: str) -> Answer:
    token = _token(account, token_id)
    token["expires_at"] = _end(account, token["duration"])
    return good(_shown(token))


def delete(account: Account, call: Call, token_id: str) -> Answer:
    token = _token(account, token_id)
    using = [policy["name"] for policy in account.policies.values() if token_id in named(policy)]
    if using:
        message = f"access.api.error.invalid_request: service token is used by policy {using[0]}"
        raise Denied(409, 12130, message)
    del account.tokens[token_id]
    return good(_shown(token))


def named(policy: dict[str, Any]) -> set[str]:
    """The service tokens a policy names."""
    rules = [*policy["include"], *policy["exclude"], *policy["require"]]
    return {rule["service_token"]["token_id"] for rule in rules if "service_token" in rule}


def accepts(account: Account, client_id: str, secret: str) -> str | None:
    """The id of the token that these two headers show, if it is good now."""
    for token in account.tokens.values():
        if token["client_id"] != client_id or not token["enabled"] or _over(account, token["expires_at"]):
            continue
        before = token["previous"]
        if secret == token["client_secret"] or (before and secret == before[0] and not _over(account, before[1])):
            return str(token["id"])
    return None


def _turn(account: Account, token: dict[str, Any], until: str | None) -> Answer:
    token["previous"] = (token["client_secret"], until or account.moment())
    token["client_secret"] = account.hexadecimal(64)
    token["client_secret_version"] += 1
    token["updated_at"] = account.moment()
    return good({**_shown(token), "client_secret": token["client_secret"]})


def _token(account: Account, token_id: str) -> dict[str, Any]:
    if token_id not in account.tokens:
        raise Denied(404, 11012, "access.api.error.unknown_service_token")
    return account.tokens[token_id]


def _shown(token: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in token.items() if key not in HIDDEN}


def _end(account: Account, duration: str) -> str | None:
    if duration == "forever":
        return None
    hours = re.fullmatch(r"([0-9]+)h", duration)
    if not hours:
        raise Denied(400, 12130, "access.api.error.invalid_request: duration must be hours or forever")
    return (account.now() + timedelta(hours=int(hours[1]))).isoformat(timespec="seconds").replace("+00:00", "Z")


def _over(account: Account, moment: str | None) -> bool:
    return moment is not None and datetime.fromisoformat(moment) <= account.now()
