"""Says in what the host is not what its serving release says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocrfleet.agent import engine
from ocrfleet.agent.docker import Container
from ocrfleet.agent.names import digest
from ocrfleet.agent.proxy import HOLD
from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site


def drift(site: Site, serving: Release | None, found: Mapping[str, Container], lost: Mapping[str, str]) -> list[str]:
    """One sentence per difference; `found` holds the containers that exist, `lost` the images without their names."""
    if serving is None or site.state().stopped:
        return []
    wanted = site.releases.known(serving.release)
    if wanted is None:
        return [f"the record of what release {serving.release} runs is damaged"]
    proxy = found.get(site.proxy.name(wanted["service"]["host"]))
    return [
        *_record(serving, wanted),
        *_images(serving, wanted, lost),
        *_engine(serving, found.get(serving.container or "")),
        *site.proxy.differences(wanted, proxy),
        *_upstream(site, serving),
    ]


def _record(serving: Release, wanted: Mapping[str, Any]) -> list[str]:
    is_edited = digest(wanted) != serving.digest
    return [f"the record of what release {serving.release} runs was edited"] if is_edited else []


def _images(serving: Release, wanted: Mapping[str, Any], lost: Mapping[str, str]) -> list[str]:
    images = {f"release {serving.release}'s image": serving.image, "the proxy's image": wanted["proxy_image"]}
    return [f"{what} lost its name" for what, image in images.items() if image in lost.values()]


def _engine(serving: Release, container: Container | None) -> list[str]:
    name = f"release {serving.release}'s container"
    if container is None:
        return [f"{name} was removed"]
    found = []
    if not container.running:
        found.append(f"{name} is not running")
    if container.image != serving.image:
        found.append(f"{name} runs another image")
    elif not engine.fits(serving, container):
        found.append(f"{name} has another address")
    return found


def _upstream(site: Site, serving: Release) -> list[str]:
    upstream = site.proxy.upstream()
    if upstream == serving.address:
        return []
    return ["requests are held" if upstream == HOLD else "requests go to another address than the serving release's"]
