"""A fetch of the one model there is, and what it left."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.fetch import Fetch, fetch
from ocrfleet.agent.models import flaw, folder_of
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import COMMIT, MODEL, REPO, WEIGHTS

BYTES, RESOLVE = f"/bytes/{WEIGHTS}", f"/{REPO}/resolve/{COMMIT}/"
SERVED = {"repo": REPO, "revision": COMMIT}


def get(host: Host, **changes: str) -> dict[str, Any]:
    """What the job of a fetch does."""
    return fetch(host.site, Fetch.parse({**MODEL, **changes}), who="ana@mac")


def is_whole(host: Host) -> bool:
    return flaw(host.home, REPO, COMMIT) is None


def there(host: Host) -> dict[str, bytes]:
    """The files in their place."""
    folder = folder_of(host.home, REPO, COMMIT)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ranges(host: Host, path: str = BYTES) -> list[str | None]:
    """From where on a file was asked for, each time."""
    return [begin for asked, begin, _ in host.outside.hub.asked if asked == path]
