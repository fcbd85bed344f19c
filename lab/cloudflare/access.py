"""Access: reusable policies, and applications that guard names."""

from __future__ import annotations

from typing import Any

from lab.cloudflare.account import Account
from lab.cloudflare.answers import Answer, Call, Denied, good, page
from lab.cloudflare.service_tokens import named

DECISIONS = {"allow", "deny", "non_identity", "bypass"}
OF_POLICY = ("name", "decision", "include", "exclude", "require", "session_duration")
OF_APP = (
    "name",
    "type",
    "destinations",
    "session_duration",
    "service_auth_401_redirect",
    "app_launcher_visible",
    "allowed_idps",
)


def create_policy(account: Account, call: Call) -> Answer:
    start = {"id": account.uuid(), "reusable": True, "include": [], "exclude": [], "require": []}
    policy = _policy_of(account, {**start, "created_at": account.moment()}, call)
    account.policies[policy["id"]] = policy
    return good(_with_count(account, policy))


def list_policies(account: Account, call: Call) -> Answer:
    return page([_with_count(account, policy) for policy in account.policies.values()], call.query)


def read_policy(account: Account, call: Call, policy_id: str) -> Answer:
    return good(_with_count(account, _policy(account, policy_id)))


def change_policy(account: Account, call: Call, policy_id: str) -> Answer:
    account.policies[policy_id] = _policy_of(account, _policy(account, policy_id), call)
    return good(_with_count(account, account.policies[policy_id]))


def delete_policy(account: Account, call: Call, policy_id: str) -> Answer:
    policy = _with_count(account, _policy(account, policy_id))
    if policy["app_count"]:
        message = f"access.api.error.invalid_request: policy is used by {policy['app_count']} applications"
        raise Denied(409, 12130, message)
    del account.policies[policy_id]
    return good({"id": policy_id})


def create_app(account: Account, call: Call) -> Answer:
    start = {"id": account.uuid(), "aud": account.hexadecimal(64), "created_at": account.moment()}
    app = _app_of(account, start, call)
    account.apps[app["id"]] = app
    return good(_with_policies(account, app))


def list_apps(account: Account, call: Call) -> Answer:
    wanted = call.query.get("domain")
    apps = [_with_policies(account, app) for app in account.apps.values()]
    return page([app for app in apps if wanted in {None, app["domain"]}], call.query)


def read_app(account: Account, call: Call, app_id: str) -> Answer:
    return good(_with_policies(account, _app(account, app_id)))


def change_app(account: Account, call: Call, app_id: str) -> Answer:
    account.apps[app_id] = _app_of(account, _app(account, app_id), call)
    return good(_with_policies(account, account.apps[app_id]))


def delete_app(account: Account, call: Call, app_id: str) -> Answer:
    del account.apps[_app(account, app_id)["id"]]
    return good({"id": app_id})


def _policy_of(account: Account, before: dict[str, Any], call: Call) -> dict[str, Any]:
    after = {**before, **{key: call.body[key] for key in OF_POLICY if call.body.get(key) is not None}}
    if not after.get("name") or after.get("decision") not in DECISIONS or not after["include"]:
        raise Denied(400, 12130, "access.api.error.invalid_request: a policy has a name, a decision and includes")
    unknown = named(after) - account.tokens.keys()
    if unknown:
        raise Denied(400, 12130, f"access.api.error.invalid_request: no service token {min(unknown)}")
    return {**after, "updated_at": account.moment()}


def _app_of(account: Account, before: dict[str, Any], call: Call) -> dict[str, Any]:
    after = {**before, **{key: call.body[key] for key in OF_APP if call.body.get(key) is not None}}
    uris = [one["uri"] for one in after.get("destinations", []) if one.get("type") == "public"]
    if not after.get("name") or after.get("type") != "self_hosted" or not uris:
        raise Denied(400, 12130, "access.api.error.invalid_request: an application has a name, type and destinations")
    if any(set(uris) & set(app["self_hosted_domains"]) for app in account.apps.values() if app["id"] != after["id"]):
        raise Denied(409, 11010, "access.api.error.application_already_exists")
    links = call.body.get("policies")
    chosen = before.get("policies", []) if links is None else [_link(account, link) for link in links]
    domains = {"domain": uris[0], "self_hosted_domains": uris, "policies": chosen}
    return {**after, **domains, "updated_at": account.moment()}


def _link(account: Account, link: Any) -> dict[str, Any]:
    said = {"id": link} if isinstance(link, str) else link
    return {"id": _policy(account, said.get("id", ""))["id"], "precedence": said.get("precedence", 1)}


def _with_policies(account: Account, app: dict[str, Any]) -> dict[str, Any]:
    """An application tells its policies whole."""
    return {**app, "policies": [{**account.policies[link["id"]], **link} for link in app["policies"]]}


def _with_count(account: Account, policy: dict[str, Any]) -> dict[str, Any]:
    using = [app for app in account.apps.values() if policy["id"] in {link["id"] for link in app["policies"]}]
    return {**policy, "app_count": len(using)}


def _policy(account: Account, policy_id: str) -> dict[str, Any]:
    if policy_id not in account.policies:
        raise Denied(404, 12130, "access.api.error.unknown_policy")
    return account.policies[policy_id]


def _app(account: Account, app_id: str) -> dict[str, Any]:
    if app_id not in account.apps:
        raise Denied(404, 11021, "access.api.error.unknown_application")
    return account.apps[app_id]
