"""Where the lab keeps what it makes: `.lab/` in the checkout, and a cache outside it for what takes minutes to make."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Places:
    """The lab's folders and files."""

    root: Path = ROOT

    @property
    def lab(self) -> Path:
        return self.root / ".lab"

    @property
    def host(self) -> Path:
        return self.lab / "host"

    @property
    def cloudflare(self) -> Path:
        return self.lab / "cloudflare"

    @property
    def state(self) -> Path:
        return self.lab / "state"

    @property
    def pulumi_home(self) -> Path:
        return self.lab / "pulumi"

    @property
    def passphrase(self) -> Path:
        return self.lab / "passphrase"

    @property
    def stack_file(self) -> Path:
        return self.root / "Pulumi.lab.yaml"

    @property
    def cache(self) -> Path:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(base) / "ocrfleet"
