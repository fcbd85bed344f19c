"""An image's name, taken apart."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass

HUB, HUB_API = "docker.io", "registry-1.docker.io"


@dataclass(frozen=True)
class Reference:
    """An image by name and tag."""

    registry: str
    repository: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read `name:tag`, with or without a registry before it and a digest behind it."""
        first, slash, rest = text.partition("@")[0].partition("/")
        named = bool(slash) and ("." in first or ":" in first or first == "localhost")
        registry, path = (first, rest) if named else (HUB, text.partition("@")[0])
        repository, _, tag = path.partition(":")
        official = registry == HUB and "/" not in repository
        return cls(registry, f"library/{repository}" if official else repository, tag or "latest")

    @property
    def host(self) -> str:
        """Who answers for the registry."""
        return HUB_API if self.registry == HUB else self.registry

    @property
    def url(self) -> str:
        """Where its manifest is."""
        return f"https://{self.host}/v2/{self.repository}/manifests/{urllib.parse.quote(self.tag)}"
