"""Zones, their records, the organization, and what a token is allowed."""

from __future__ import annotations

from typing import Any

from lab.cloudflare.account import Account, Permit
from lab.cloudflare.answers import Answer, Call, Denied, good, page

ADDRESSES = {"A", "AAAA", "CNAME"}
OF_RECORD = ("name", "type", "content", "proxied", "ttl", "comment")


def zones(account: Account, call: Call) -> Answer:
    name = call.query.get("name")
    return page([zone for zone in account.zones.values() if name in {None, zone["name"]}], call.query)


def zone(account: Account, call: Call, zone_id: str) -> Answer:
    return good(_zone(account, zone_id))


def accounts(account: Account, call: Call) -> Answer:
    return page([{"id": account.id, "name": account.name, "type": "standard"}], call.query)


def organization(account: Account, call: Call) -> Answer:
    return good(account.organization)


def create_record(account: Account, call: Call, zone_id: str) -> Answer:
    start = {"id": account.hexadecimal(32), "zone_id": zone_id, "proxied": False, "comment": None}
    empty: dict[str, Any] = {"meta": {}, "settings": {}, "tags": []}
    record = _record_of(account, {**start, **empty, "created_on": account.moment()}, call)
    account.records[record["id"]] = record
    return good(record)


def list_records(account: Account, call: Call, zone_id: str) -> Answer:
    _zone(account, zone_id)
    wanted = {key: call.query.get(key, call.query.get(f"{key}.exact")) for key in ("name", "type", "content")}
    found = [
        record
        for record in account.records.values()
        if record["zone_id"] == zone_id and all(value in {None, record[key]} for key, value in wanted.items())
    ]
    return page(found, {"per_page": "100", **call.query})


def read_record(account: Account, call: Call, zone_id: str, record_id: str) -> Answer:
    return good(_record(account, zone_id, record_id))


def change_record(account: Account, call: Call, zone_id: str, record_id: str) -> Answer:
    account.records[record_id] = _record_of(account, _record(account, zone_id, record_id), call)
    return good(account.records[record_id])


def delete_record(account: Account, call: Call, zone_id: str, record_id: str) -> Answer:
    del account.records[_record(account, zone_id, record_id)["id"]]
    return good({"id": record_id})


def permit(account: Account, call: Call, permit_id: str) -> Answer:
    """Tell what a token may do, to a token that may read tokens."""
    for one in account.permits:
        if one.id == permit_id:
            groups = [{"id": name, "name": name} for name in sorted(one.scopes)]
            rule = {
                "id": "1",
                "effect": "allow",
                "resources": {f"com.cloudflare.api.account.{account.id}": "*"},
                "permission_groups": groups,
            }
            return good({**_life(one), "name": "token", "policies": [rule]})
    raise Denied(404, 1001, "Token not found")


def verify(account: Account, call: Call) -> Answer:
    return good(_life(next(one for one in account.permits if one.value == call.token)))


def _life(one: Permit) -> dict[str, Any]:
    end = {"expires_on": one.expires.isoformat(timespec="seconds").replace("+00:00", "Z")} if one.expires else {}
    return {"id": one.id, "status": one.status, **end}


def _record_of(account: Account, before: dict[str, Any], call: Call) -> dict[str, Any]:
    zone_name = _zone(account, before["zone_id"])["name"]
    after = {**before, **{key: call.body[key] for key in OF_RECORD if key in call.body}}
    if not f".{after.get('name')}".endswith(f".{zone_name}") or not after.get("content") or "ttl" not in after:
        raise Denied(400, 1004, "DNS Validation Error")
    same = [one for one in account.records.values() if one["name"] == after["name"] and one["id"] != after["id"]]
    if any(one["type"] == after["type"] and one["content"] == after["content"] for one in same):
        raise Denied(400, 81058, "An identical record already exists.")
    alone = {"CNAME"} & {after["type"], *(one["type"] for one in same)}
    if alone and after["type"] in ADDRESSES and any(one["type"] in ADDRESSES for one in same):
        raise Denied(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    return {**after, "zone_name": zone_name, "proxiable": True, "modified_on": account.moment()}


def _zone(account: Account, zone_id: str) -> dict[str, Any]:
    if zone_id not in account.zones:
        raise Denied(404, 7003, f"Could not route to /zones/{zone_id}, perhaps your object identifier is invalid?")
    return account.zones[zone_id]


def _record(account: Account, zone_id: str, record_id: str) -> dict[str, Any]:
    found = account.records.get(record_id)
    if found is None or found["zone_id"] != zone_id:
        raise Denied(404, 81044, "Record does not exist.")
    return found
