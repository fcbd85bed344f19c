"""Sends one request to the service as a caller would: through the proxy, with a valid key.

It runs on the host, so the key never leaves it and no port has to be forwarded.
"""

from __future__ import annotations

import json
from typing import Any

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.site import Site


def ask(site: Site, payload: dict[str, Any]) -> dict[str, Any]:
    """Return status, body and seconds of `payload["method"] payload["path"]`.

    `keyless` leaves the key out; `key`, a name and a version, shows that one.
    """
    serving = site.serving()
    if serving is None:
        raise Refused("nothing is serving on this host", fix="pulumi up -s HOST")
    port = site.releases.wanted(serving.release)["service"]["proxy"]["port"]
    body = json.dumps(payload["body"]).encode() if payload.get("body") is not None else None
    headers = {"Content-Type": "application/json", **({} if payload.get("keyless") else _key(site, payload.get("key")))}
    start = site.world.clock()
    url = f"http://127.0.0.1:{port}{payload['path']}"
    reply = site.world.ask(payload["method"], url, body=body, headers=headers, seconds=payload["seconds"])
    seconds = round(site.world.clock() - start, 3)
    return {
        "status": reply.status,
        "body": reply.body.decode(errors="replace"),
        "seconds": seconds,
        "release": serving.release,
    }


def _key(site: Site, key: dict[str, str] | None) -> dict[str, str]:
    path = site.home.secret(key["version"], key["name"]) if key else site.home.proxy / "keys" / "current"
    return {"Authorization": f"Bearer {path.read_text(encoding='utf-8')}"} if path.exists() else {}
