"""Each kind of resource: its calls, and in which words of the API its properties are said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.plugins.shapes import Shape, inputs, outputs

# Properties that only say where something is.
PLACES = {"accountId", "zoneId"}


@dataclass(frozen=True)
class Kind:
    """One kind of resource. `path` has the names of properties in it; what is `whole` has no id of its own."""

    module: str
    name: str
    path: str
    change: str = "PUT"
    words: Mapping[str, str] = field(default_factory=dict)
    camel: bool = False
    whole: bool = False
    replaces: frozenset[str] = frozenset(PLACES)
    secret: str | None = None
    import_as: tuple[str, ...] = ("accountId",)
    named: bool = False
    alone: bool = False

    @property
    def type(self) -> str:
        return f"cloudflare:index/{self.name[0].lower()}{self.name[1:]}:{self.name}"

    @property
    def inputs(self) -> Shape:
        return inputs("cloudflare", self.module, self.name)

    @property
    def outputs(self) -> Shape:
        return outputs("cloudflare", self.module, self.name)

    def beyond(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:  # noqa: ARG002  every kind has it
        """What the SDK has and the API is not told: nothing."""
        return iter(())

    def body(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Say properties in the API's words."""
        said: dict[str, Any] = self._said({name: one for name, one in values.items() if f"{{{name}}}" not in self.path})
        return said

    def properties(self, result: Mapping[str, Any], places: Mapping[str, Any]) -> dict[str, Any]:
        """Say an answer in the words of the SDK, and only what it has."""
        heard = {**self._heard(result), **places}
        return {name: self._held(name, heard[name]) for name in self.outputs if heard.get(name) is not None}

    def _held(self, name: str, value: Any) -> Any:
        """What the SDK holds as text although it is more than that, it holds as JSON."""
        return json.dumps(value) if self.outputs[name].text and not isinstance(value, str) else value

    def _said(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self._api_word(name): self._said(inner) for name, inner in value.items()}
        return [self._said(inner) for inner in value] if isinstance(value, list) else value

    def _heard(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self._sdk_word(name): self._heard(inner) for name, inner in value.items()}
        return [self._heard(inner) for inner in value] if isinstance(value, list) else value

    def _api_word(self, name: str) -> str:
        plain = name if self.camel else re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
        return self.words.get(name, plain)

    def _sdk_word(self, word: str) -> str:
        known = {api: sdk for sdk, api in self.words.items()}
        return known.get(word) or re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), word)


RULES = {"includes": "include", "excludes": "exclude", "requires": "require"}
ACCOUNT, ZONE = "/accounts/{accountId}", "/zones/{zoneId}"
KINDS = {
    kind.type: kind
    for kind in (
        Kind(
            "zero_trust_tunnel_cloudflared",
            "ZeroTrustTunnelCloudflared",
            f"{ACCOUNT}/cfd_tunnel",
            change="PATCH",
            replaces=frozenset({*PLACES, "configSrc"}),
            secret="tunnelSecret",  # noqa: S106  the name of a property
        ),
        Kind(
            "zero_trust_access_service_token",
            "ZeroTrustAccessServiceToken",
            f"{ACCOUNT}/access/service_tokens",
            secret="clientSecret",  # noqa: S106  the name of a property
            import_as=("", "accountId"),
        ),
        Kind(
            "zero_trust_access_policy",
            "ZeroTrustAccessPolicy",
            f"{ACCOUNT}/access/policies",
            words=RULES,
        ),
        Kind(
            "zero_trust_access_application",
            "ZeroTrustAccessApplication",
            f"{ACCOUNT}/access/apps",
            words={**RULES, "serviceAuth401Redirect": "service_auth_401_redirect"},
            import_as=("", "accountId"),
        ),
        Kind(
            "zero_trust_tunnel_cloudflared_config",
            "ZeroTrustTunnelCloudflaredConfig",
            f"{ACCOUNT}/cfd_tunnel/{{tunnelId}}/configurations",
            words={"ingresses": "ingress", "audTags": "audTag", "tunnelId": "tunnel_id"},
            camel=True,
            whole=True,
            replaces=frozenset({*PLACES, "tunnelId"}),
        ),
        Kind("dns_record", "DnsRecord", f"{ZONE}/dns_records", import_as=("zoneId",)),
    )
}
