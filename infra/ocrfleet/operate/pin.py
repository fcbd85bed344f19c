"""Writes the digests of a host's base images into its host file."""

from __future__ import annotations

from dataclasses import dataclass

from ocrfleet.errors import Refused
from ocrfleet.operate.hostfile import replace
from ocrfleet.operate.registry import Web, resolve
from ocrfleet.project import Project
from ocrfleet.spec import HostSpec
from ocrfleet.spec.edit import set_value, without_waiver

WAIVER = "unpinned-base"
# A profile may do without one of these.
BY_PROFILE = {"build.base", "build.source.base"}


@dataclass(frozen=True)
class Pin:
    """What became of one base image: pinned as `now`, or left as it was and why."""

    key: str
    before: str
    now: str
    why: str = ""


def pin_images(project: Project, host: HostSpec, web: Web, *, again: bool = False) -> list[Pin]:
    """Resolve the tag of every base image and write the digests; `again` renews those that have one.

    Raise Refused, with the file as it was, where an image that the host's profile starts from has no digest to find.
    Once those are pinned, the waiver for unpinned ones goes.
    """
    pins = [_pin(host, key, text, web if again or "@" not in text else None) for key, text in _bases(host).items()]
    path = project.hosts / f"{host.name}.yaml"
    before = path.read_bytes().decode()
    text = before
    for pin in pins:
        text = set_value(text, pin.key, pin.now) if pin.now != pin.before else text
    if WAIVER in host.waivers:
        text = without_waiver(text, WAIVER)
    if text != before:
        replace(path.resolve(), text.encode())
    return pins


def _bases(host: HostSpec) -> dict[str, str]:
    """Every image that the host file names, by its key."""
    build = host.build
    named = {
        "build.base": build.base,
        "build.proxy_base": build.proxy_base,
        "build.source.base": build.source and build.source.base,
        "edge.connector": host.edge and "connector" in host.edge.model_fields_set and host.edge.connector,
        **{f"exporters.{name}.image": said.image for name, said in host.exporters.items()},
    }
    return {key: text for key, text in named.items() if text}


def _pin(host: HostSpec, key: str, text: str, web: Web | None) -> Pin:
    """Pin one image; without the web, it stays as it is."""
    if web is None:
        return Pin(key, text, text, "it was pinned already")
    try:
        return Pin(key, text, f"{text.partition('@')[0]}@{resolve(web, text, arch=host.arch)}")
    except Refused as error:
        if key not in BY_PROFILE or text in {host.build.start, host.build.proxy_start}:
            raise
        return Pin(key, text, text, f"{error.failed}; the profile {host.build.profile} does without it")
