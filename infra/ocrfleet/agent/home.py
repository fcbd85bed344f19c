"""Where the agent keeps what it knows: the folder /var/lib/ocrfleet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrfleet.agent.objects import object_of

if TYPE_CHECKING:
    from ocrfleet.agent.world import World

DEFAULT = Path("/var/lib/ocrfleet")
OPEN = 0o755  # the mode of a folder that everybody may look into


@dataclass(frozen=True)
class Home:
    """The layout of the folder; everything in it belongs to the deploy user."""

    root: Path = DEFAULT

    @cached_property
    def state(self) -> Path:
        return self.root / "state.json"

    @cached_property
    def keys(self) -> Path:
        """Which version of each API key is valid now. It is the host's, so that no rollback brings back an old one."""
        return self.root / "keys.json"

    @cached_property
    def owner(self) -> Path:
        return self.root / "owner.json"

    @cached_property
    def journal(self) -> Path:
        return self.root / "journal"

    @cached_property
    def audit(self) -> Path:
        return self.root / "audit.jsonl"

    @cached_property
    def older_audit(self) -> Path:
        return self.root / "audit.1.jsonl"

    @cached_property
    def owed(self) -> Path:
        """What hooks are still to be told of the change that is made now, or whose job died."""
        return self.root / "owed.json"

    @cached_property
    def cutover_lock(self) -> Path:
        return self.root / "cutover.lock"

    @cached_property
    def reserve(self) -> Path:
        """Space that is given up when the disk is full, so that what happened can still be written down."""
        return self.root / "reserve"

    @cached_property
    def guard(self) -> Path:
        return self.root / "guard.json"

    @cached_property
    def proxy(self) -> Path:
        return self.root / "proxy"

    @cached_property
    def models(self) -> Path:
        return self.root / "models"

    @cached_property
    def agents(self) -> Path:
        return self.root / "agent"

    def job(self, key: str) -> Path:
        return self.root / "jobs" / key

    @cached_property
    def releases(self) -> Path:
        return self.root / "releases"

    def release(self, number: int) -> Path:
        return self.releases / str(number)

    def record(self, number: int) -> Path:
        """How a release is: read very often."""
        return self.releases.joinpath(str(number), "record.json")

    def manifest(self, number: int) -> Path:
        """What a release runs."""
        return self.releases.joinpath(str(number), "manifest.json")

    def acknowledged(self, number: int) -> Path:
        """There once a stack's state knew a release."""
        return self.releases.joinpath(str(number), "acknowledged")

    def build_lock(self, key: str) -> Path:
        return self.root / "build" / f"{key}.lock"

    def upload(self, digest: str) -> Path:
        return self.root / "uploads" / digest

    def secret(self, version: str, name: str) -> Path:
        return self.root / "secrets" / version / name

    def hook(self, name: str) -> Path:
        return self.root / "hooks" / name

    def make(self, world: World) -> None:
        """Make the folders that are missing; only the deploy user may look inside."""
        for name in ("agent", "jobs", "releases", "build", "uploads", "secrets", "hooks", "models", "proxy/keys"):
            world.make(self.root / name)
        # The proxy's container reads this folder as another user; the root folder around it is closed.
        for folder in (self.proxy, self.proxy / "keys"):
            if folder.stat().st_mode & 0o777 != OPEN:
                world.disk.allow(folder, OPEN)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what a file of ours says, or None when there is no such file or it is torn."""
    try:
        return object_of(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_bytes(path: Path) -> bytes | None:
    """Return what is in a file, or None when there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def to_json(value: Any) -> bytes:
    """Write a value the way every file of ours is written."""
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()
