"""Releases: numbered for ever, each with what it runs and how it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ocrfleet.agent.errors import Damaged
from ocrfleet.agent.home import Home, read_json, to_json
from ocrfleet.agent.world import World

# What a release is made of.
PARTS = {"service", "image", "proxy_image", "secrets"}
GOOD, FAILED, PRUNED, CANDIDATE = "good", "failed", "pruned", "candidate"


@dataclass(frozen=True)
class Release:
    """One release of the service on this host."""

    release: int
    state: str
    created: float
    digest: str
    image: str
    address: str
    container: str | None = None
    strategy: str | None = None
    outage_seconds: float | None = None
    # How much of it was for a new proxy.
    proxy_seconds: float | None = None
    ready_seconds: float | None = None
    # The most memory it was seen to hold.
    peak_gib: float | None = None
    gate: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    diagnosis: str | None = None

    @property
    def is_good(self) -> bool:
        return self.state == GOOD

    def but(self, **changes: Any) -> Release:
        """The same release with some things changed."""
        return replace(self, **changes)


class Releases:
    """The releases of one host, on disk."""

    def __init__(self, world: World, home: Home) -> None:
        self._world, self._home = world, home

    def all(self) -> list[Release]:
        """Every release ever made here, oldest first."""
        folder = self._home.releases
        numbers = sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit()) if folder.exists() else []
        return [release for number in numbers if (release := self.get(number))]

    def get(self, number: int) -> Release | None:
        found = read_json(self._home.record(number))
        # A newer agent may have written more.
        known = {name: value for name, value in (found or {}).items() if name in Release.__dataclass_fields__}
        return Release(**known) if known else None

    def need(self, number: int) -> Release:
        """A release whose record must be there."""
        found = self.get(number)
        if found is None:
            raise Damaged(f"the record of release {number} is gone", fix="pulumi up -s HOST")
        return found

    def next_number(self) -> int:
        """A number no release ever had."""
        folder = self._home.releases
        return max((int(path.name) for path in folder.iterdir() if path.name.isdigit()), default=0) + 1

    def wanted(self, number: int) -> dict[str, Any]:
        """What a release runs: the service, image ids and secret versions it was made from."""
        found = self.known(number)
        if found is None:
            raise Damaged(f"the record of what release {number} runs is damaged", fix="pulumi up -s HOST")
        return found

    def known(self, number: int) -> dict[str, Any] | None:
        """What a release runs, or None where that record is gone or torn."""
        found = read_json(self._home.manifest(number))
        return found if found is not None and found.keys() >= PARTS else None

    def save(self, release: Release, wanted: dict[str, Any] | None = None) -> None:
        """Write a release's record, and once, before anything is started, what it runs."""
        if wanted is not None:
            self._world.save(self._home.manifest(release.release), to_json(wanted))
        self._world.save(self._home.record(release.release), to_json(asdict(release)))

    def peak(self, image: str) -> float | None:
        """The most memory that a release of this image was seen to hold; None where that was never seen."""
        return max((one.peak_gib for one in self.all() if one.image == image and one.peak_gib), default=None)

    def previous(self, serving: int | None) -> Release | None:
        """The release a rollback without arguments goes to: the highest good one below the serving one."""
        below = [one for one in self.all() if one.is_good and serving is not None and one.release < serving]
        return below[-1] if below else None
