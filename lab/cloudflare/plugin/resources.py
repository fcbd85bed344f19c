"""What the plugin does with one resource: values in, calls to the API, values out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.cloudflare.plugin.client import ApiError, Client
from lab.cloudflare.plugin.kinds import KINDS, PLACES, Kind

Values = Mapping[str, Any]


def create(client: Client, kind: Kind, values: Values) -> tuple[str, Values]:
    """Make it; return its id and all its properties."""
    path, body = kind.path.format(**values), kind.body(values)
    result = client.ask("PUT", path, body) if kind.whole else client.ask("POST", path, body)
    return (values["tunnelId"] if kind.whole else result["id"]), _outputs(kind, result, values)


def update(client: Client, kind: Kind, its_id: str, values: Values, before: Values) -> Values:
    """Change it where it is."""
    result = client.ask(kind.change, _path(kind, its_id, values), kind.body(values))
    kept = {kind.secret: before[kind.secret]} if kind.secret and kind.secret in before else {}
    return {**kept, **_outputs(kind, result, values)}


def read(client: Client, kind: Kind, its_id: str, state: Values) -> tuple[str, Values] | None:
    """Look at it; None when it is gone. Without state, the id is the one that imports are asked for with."""
    if not state:
        state, its_id = _imported(kind, its_id)
    try:
        result = client.ask("GET", _path(kind, its_id, state))
    except ApiError as error:
        if error.gone:
            return None
        raise
    if result.get("deleted_at"):
        return None
    kept = {kind.secret: state[kind.secret]} if kind.secret and kind.secret in state else {}
    return its_id, {**kept, **_outputs(kind, result, state)}


def delete(client: Client, kind: Kind, its_id: str, state: Values) -> None:
    """Take it away; a configuration goes with its tunnel, and the API has no call for it."""
    if kind.whole:
        return
    try:
        client.ask("DELETE", _path(kind, its_id, state))
    except ApiError as error:
        if not error.gone:
            raise


def invoke(client: Client, token: str, args: Values) -> Values:
    """Answer the two questions a program asks: which zone, and with which token a connector joins."""
    if token == "cloudflare:index/getZone:getZone":  # noqa: S105  the name of a function
        found = client.ask("GET", "/zones", name=args["filter"]["name"])
        if len(found) != 1:
            raise ApiError(f"zone {args['filter']['name']}", 404, f"expected one zone, found {len(found)}")
        return {**found[0], "zoneId": found[0]["id"], "nameServers": found[0]["name_servers"]}
    if token.endswith(":getZeroTrustTunnelCloudflaredToken"):
        path = KINDS[TUNNEL].path.format(**args)
        return {**args, "id": args["tunnelId"], "token": client.ask("GET", f"{path}/{args['tunnelId']}/token")}
    raise ApiError(token, 404, "the stand-in does not know this function")


TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared"


def _path(kind: Kind, its_id: str, values: Values) -> str:
    path = kind.path.format(**values)
    return path if kind.whole else f"{path}/{its_id}"


def _outputs(kind: Kind, result: Values, values: Values) -> Values:
    """What the API told, and what it does not tell again but was asked for."""
    told = kind.properties(result, {name: values[name] for name in {*PLACES, "tunnelId"} & values.keys()})
    silent = {name: value for name, value in values.items() if name not in told and name in kind.outputs}
    return {**silent, **told}


def _imported(kind: Kind, text: str) -> tuple[dict[str, Any], str]:
    """Read the id of an import: where it is, then its own id."""
    *where, its_id = text.split("/")
    if len(where) != len(kind.import_as):
        raise ApiError(text, 400, f"an id for import has {len(kind.import_as) + 1} parts")
    places = {name: part for name, part in zip(kind.import_as, where, strict=True) if name}
    return {**places, **({"tunnelId": its_id} if kind.whole else {})}, its_id
