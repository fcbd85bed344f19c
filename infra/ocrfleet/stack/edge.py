"""The public edge of one host: tokens, policies, applications, a tunnel, its rules, and records, in this order.

Importing this module imports the SDK of Cloudflare, which takes seconds: only a stack with an edge does so.

No name is ever public without its guard. A record comes after the connector, the connector after the rules, the rules
after the tunnel, the tunnel after every application, and what is taken away goes in reverse. The tunnel waits for the
applications although it needs nothing of them: Cloudflare keeps the rules of a tunnel for as long as there is a tunnel,
so it must go before they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from ocrfleet.edge import Door, WantedEdge
from ocrfleet.edge.declared import application, ingress, policy, record, token_name
from ocrfleet.errors import Refused, for_pulumi

LIFE = "8760h"
# Runs a connector with the token of a tunnel, after what it must not come before.
Connect = Callable[[pulumi.Output[str], Sequence[pulumi.Resource]], pulumi.Resource]


class Edge(pulumi.ComponentResource):
    """Everything by which a host answers in public; the token of the API comes from CLOUDFLARE_API_TOKEN."""

    def __init__(self, edge: WantedEdge, *, after: list[pulumi.Resource], connect: Connect | None = None) -> None:
        super().__init__("ocrfleet:index:Edge", edge.host, opts=pulumi.ResourceOptions(depends_on=after))
        self._edge = edge
        zone = cloudflare.get_zone_output(filter={"match": "all", "name": edge.zone})
        self._account = zone.apply(lambda found: account_of(edge, found.account.id, found.account.name))
        tokens = {token: self._token(token) for token in edge.tokens}
        apps = {door.hostname: self._application(door, tokens) for door in edge.doors}
        tunnel = self._tunnel(list(apps.values()))
        config = self._config(tunnel, {name: app.aud for name, app in apps.items()})
        joined = [connect(self._token_of(tunnel), [config])] if connect else []
        for door in edge.doors:
            # Rules that are written anew forget the application of a name that goes; its record must not outlive it.
            self._record(door, zone.zone_id, tunnel, [config, apps[door.hostname], *joined])
        self.exports = {
            "public": [f"https://{door.hostname}" for door in edge.doors],
            "tunnel": tunnel.id,
        }
        self.register_outputs(self.exports)

    def _token(self, token: str) -> cloudflare.ZeroTrustAccessServiceToken:
        # That there is a token is the stack's; its secret is the rotation's, which makes one after the other.
        return cloudflare.ZeroTrustAccessServiceToken(
            f"{self._edge.host}-{token}",
            account_id=self._account,
            name=token_name(self._edge, token),
            duration=LIFE,
            opts=self._options(ignore_changes=["clientSecretVersion", "previousClientSecretExpiresAt"]),
        )

    def _application(
        self, door: Door, tokens: Mapping[str, cloudflare.ZeroTrustAccessServiceToken]
    ) -> cloudflare.ZeroTrustAccessApplication:
        rule = policy(self._edge, door, {name: token.id for name, token in tokens.items()})
        includes = rule.pop("include")
        made = cloudflare.ZeroTrustAccessPolicy(
            door.hostname, account_id=self._account, includes=includes, **rule, opts=self._options()
        )
        app = application(self._edge, door, made.id)
        return cloudflare.ZeroTrustAccessApplication(
            door.hostname, account_id=self._account, **app, opts=self._options()
        )

    def _tunnel(self, apps: list[pulumi.Resource]) -> cloudflare.ZeroTrustTunnelCloudflared:
        return cloudflare.ZeroTrustTunnelCloudflared(
            self._edge.host,
            account_id=self._account,
            name=self._edge.tunnel,
            config_src="cloudflare",
            opts=self._options(depends_on=apps),
        )

    def _token_of(self, tunnel: cloudflare.ZeroTrustTunnelCloudflared) -> pulumi.Output[str]:
        """What lets a connector join, as Cloudflare says it now; the SDK does not know that it is a secret."""
        found = cloudflare.get_zero_trust_tunnel_cloudflared_token_output(account_id=self._account, tunnel_id=tunnel.id)
        return pulumi.Output.secret(found.token)

    def _config(
        self, tunnel: cloudflare.ZeroTrustTunnelCloudflared, tags: Mapping[str, pulumi.Output[str]]
    ) -> cloudflare.ZeroTrustTunnelCloudflaredConfig:
        # Rules are made of tags that are known, so that an empty one is refused before it is sent.
        rules = pulumi.Output.all(**tags).apply(
            lambda known: [_in_sdk_words(one) for one in ingress(self._edge, known)]
        )
        return cloudflare.ZeroTrustTunnelCloudflaredConfig(
            self._edge.host,
            account_id=self._account,
            tunnel_id=tunnel.id,
            config={"ingresses": rules},
            opts=self._options(),
        )

    def _record(self, door: Door, zone_id: Any, tunnel: pulumi.CustomResource, after: list[pulumi.Resource]) -> None:
        said = tunnel.id.apply(lambda known: record(door, known)["content"])
        cloudflare.DnsRecord(
            door.hostname,
            zone_id=zone_id,
            **{**record(door, ""), "content": said},
            opts=self._options(depends_on=after),
        )

    def _options(self, **words: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, **words)


def account_of(edge: WantedEdge, its_id: str, name: str) -> str:
    """The account that owns the zone; raise where the host file names another."""
    if edge.account not in {None, its_id, name}:
        why = f"the zone {edge.zone} belongs to the account {name}, and the host file says {edge.account}"
        raise pulumi.RunError(for_pulumi(Refused(why, fix="correct edge.account, or use the token of that account")))
    return its_id


def _in_sdk_words(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Say a rule as the SDK does, which has other words for three of the API's."""
    if "originRequest" not in rule:
        return dict(rule)
    access = rule["originRequest"]["access"]
    said = {"required": access["required"], "team_name": access["teamName"], "aud_tags": access["audTag"]}
    plain = {name: value for name, value in rule.items() if name != "originRequest"}
    return {**plain, "origin_request": {"access": said}}
