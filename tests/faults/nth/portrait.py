"""What a host is, without what may differ between two ways to the same end: numbers, times and addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocrfleet.agent.models import known, record_of
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import COMMIT

# Where requests go to, and when the files of a model were fetched.
TOLD_APART = {"upstream", record_of(Path(COMMIT)).name}


def portrait(host: Host) -> dict[str, Any]:
    """Everything that must be the same after an undisturbed run and after a broken one that was run again."""
    state, serving, proxy = host.site.state(), host.site.serving(), host.docker.named("ocrfleet-lab-proxy")
    upstream = host.site.proxy.upstream()
    return {
        "serving": serving and (serving.image, serving.digest, serving.state),
        "runs": serving and host.site.releases.known(serving.release),
        "stopped": state.stopped,
        "pinned": state.pinned is not None,
        "engines": [host.docker.boxes[box].image for box in _running(host)],
        "proxy": proxy
        and (proxy.running or state.stopped, proxy.config, proxy.ports, proxy.labels, sorted(proxy.networks)),
        "requests go to": "what serves" if serving and upstream == serving.address else upstream,
        "networks": host.docker.networks,
        "images": sorted(host.docker.images.items()),
        "good": [one.image for one in host.site.releases.all() if one.is_good],
        "owner": host.home.owner.exists(),
        "models": known(host.home),
        "open to engines": {str(path): oct(path.stat().st_mode) for path in sorted(host.home.models.rglob("*"))},
        "files": {name: _files(host, name) for name in ("proxy", "secrets", "uploads", "models")},
    }


def _running(host: Host) -> list[str]:
    return [box.id for box in host.docker.boxes.values() if box.running and "ocrfleet.release" in box.labels]


def _files(host: Host, folder: str) -> dict[str, str]:
    """What is in a folder; what is told apart is left out."""
    root = host.home.root / folder
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name not in TOLD_APART]
    return {str(path.relative_to(root)): path.read_text(errors="replace") for path in paths}
