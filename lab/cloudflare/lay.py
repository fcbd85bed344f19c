"""Lays an edge out on an account call by call, as a stack does, for what needs an edge and no stack."""

from __future__ import annotations

from lab.cloudflare.place import Place
from ocrfleet.edge import WantedEdge
from ocrfleet.edge.declared import application, ingress, policy, record, token_name

ACCESS, TUNNELS = "{a}/access", "{a}/cfd_tunnel"


def lay(at: Place, edge: WantedEdge) -> str:
    """Make everything of an edge; return the id of its tunnel."""
    names = {token: {"name": token_name(edge, token)} for token in edge.tokens}
    tokens = {token: at.result("POST", f"{ACCESS}/service_tokens", body)["id"] for token, body in names.items()}
    tags = {}
    for door in edge.doors:
        rule = at.result("POST", f"{ACCESS}/policies", policy(edge, door, tokens))
        tags[door.hostname] = at.result("POST", f"{ACCESS}/apps", application(edge, door, rule["id"]))["aud"]
    tunnel = str(at.result("POST", TUNNELS, {"name": edge.tunnel, "config_src": "cloudflare"})["id"])
    at.result("PUT", f"{TUNNELS}/{tunnel}/configurations", {"config": {"ingress": ingress(edge, tags)}})
    for door in edge.doors:
        at.result("POST", "{z}/dns_records", record(door, tunnel))
    return tunnel
