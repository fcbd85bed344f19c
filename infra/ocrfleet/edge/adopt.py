"""Plans how a stack takes over what an account has already: what it imports, what that changes, and what it may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ocrfleet.edge.declared import policy, token_name
from ocrfleet.edge.foreign import foreign_apps, foreign_records, leads_to
from ocrfleet.edge.rules import lost
from ocrfleet.edge.seen import Seen, Thing, uris
from ocrfleet.edge.wanted import WantedEdge

TYPE = "cloudflare:index/{0}:{1}"
COMPONENT = "ocrfleet:index:Edge"


@dataclass(frozen=True)
class Import:
    """One thing that becomes the stack's: its type and logical name there, its id for an import, and what it is."""

    kind: str
    name: str
    id: str
    what: str

    @property
    def type(self) -> str:
        return TYPE.format(f"{self.kind[0].lower()}{self.kind[1:]}", self.kind)


@dataclass(frozen=True)
class Adoption:
    """What is imported, what the next deploy would take away, and what stands in the way."""

    imports: tuple[Import, ...]
    lost: tuple[str, ...]
    foreign: tuple[str, ...]

    def lines(self) -> list[str]:
        """The plan as people read it."""
        taken = [f"take over {one.what}" for one in self.imports] or ["there is nothing to take over"]
        gone = [f"the next deploy takes away the rule of {name}: put it into the host file" for name in self.lost]
        return [*taken, *gone, *(f"not ours: {one}" for one in self.foreign)]


def plan_adoption(edge: WantedEdge, seen: Seen, ours: frozenset[str]) -> Adoption:
    """Find what has the names of this edge and is not of its stack yet."""
    zone, tunnel = seen.zone(edge.zone), seen.tunnel(edge.tunnel)
    if zone is None:
        return Adoption((), (), (f"the token sees no zone {edge.zone}",))
    account = zone["account"]["id"]
    found = [
        *_tunnel(edge, account, tunnel, seen),
        *_tokens(edge, account, seen),
        *_policies(edge, account, seen),
        *_apps(edge, account, seen),
        *_records(edge, zone["id"], seen),
    ]
    imports = tuple(one for one in found if one.id.rpartition("/")[2] not in ours)
    gone = lost(edge, seen.rules(tunnel["id"])) if tunnel else ()
    return Adoption(imports, gone, tuple(_foreign(edge, seen, ours)))


def import_file(edge: WantedEdge, plan: Adoption, component: str | None) -> dict[str, Any]:
    """What `pulumi import --file` reads; `component` is the edge's URN where the stack has one already."""
    parent = {"type": COMPONENT, "name": "edge", "logicalName": edge.host, "component": True}
    resources = [
        {"type": one.type, "name": f"thing-{number}", "logicalName": one.name, "id": one.id, "parent": "edge"}
        for number, one in enumerate(plan.imports)
    ]
    if component:
        return {"nameTable": {"edge": component}, "resources": resources}
    return {"resources": [parent, *resources]}


def _tunnel(edge: WantedEdge, account: str, tunnel: Thing | None, seen: Seen) -> Iterator[Import]:
    if tunnel is None:
        return
    its_id = f"{account}/{tunnel['id']}"
    yield Import("ZeroTrustTunnelCloudflared", edge.host, its_id, f"the tunnel {edge.tunnel}")
    rules = seen.rules(tunnel["id"])
    if rules:
        what = f"the {len(rules)} rules of {edge.tunnel}"
        yield Import("ZeroTrustTunnelCloudflaredConfig", edge.host, its_id, what)


def _tokens(edge: WantedEdge, account: str, seen: Seen) -> Iterator[Import]:
    for name in edge.tokens:
        for token in _first(seen.service_tokens, token_name(edge, name)):
            its_id, what = f"accounts/{account}/{token['id']}", f"the service token {token['name']}"
            yield Import("ZeroTrustAccessServiceToken", f"{edge.host}-{name}", its_id, what)


def _policies(edge: WantedEdge, account: str, seen: Seen) -> Iterator[Import]:
    for door in edge.doors:
        name = policy(edge, door, dict.fromkeys(edge.tokens, ""))["name"]
        for one in _first(seen.policies, name):
            yield Import("ZeroTrustAccessPolicy", door.hostname, f"{account}/{one['id']}", f"the policy {name}")


def _apps(edge: WantedEdge, account: str, seen: Seen) -> Iterator[Import]:
    for door in edge.doors:
        for app in [one for one in seen.apps if list(uris(one)) == [door.hostname]][:1]:
            its_id, what = f"accounts/{account}/{app['id']}", f"the application {app['name']} of {door.hostname}"
            yield Import("ZeroTrustAccessApplication", door.hostname, its_id, what)


def _records(edge: WantedEdge, zone: str, seen: Seen) -> Iterator[Import]:
    for door in edge.doors:
        for record in seen.addresses(door.hostname):
            if leads_to(edge, record, seen):
                yield Import("DnsRecord", door.hostname, f"{zone}/{record['id']}", f"the record {door.hostname}")


def _foreign(edge: WantedEdge, seen: Seen, ours: frozenset[str]) -> Iterator[str]:
    for door in edge.doors:
        for record in foreign_records(edge, door, seen, ours):
            yield f"the record {record['type']} {door.hostname} {record['content']}"
        for app in foreign_apps(door, seen, ours):
            yield f"the application {app['name']} of {', '.join(uris(app))}"


def _first(things: tuple[Thing, ...], name: str) -> list[Thing]:
    return [one for one in things if one["name"] == name][:1]
