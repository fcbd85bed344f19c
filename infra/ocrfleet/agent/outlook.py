"""Looks ahead to a deploy: what it would be refused for, room on the disk, what is kept. Changes nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ocrfleet.agent.errors import CommandFailed, Refused
from ocrfleet.agent.fetch import ROOM
from ocrfleet.agent.models import ROUGHLY_GIB, flaw
from ocrfleet.agent.preflight import check, is_at_work
from ocrfleet.agent.prune import GIB, Retention, doomed, space_of
from ocrfleet.agent.releases import GOOD, PRUNED, Release
from ocrfleet.agent.site import Site


def outlook(site: Site, service: dict[str, Any], owner: dict[str, str], image: str | None) -> dict[str, Any]:
    """Look ahead to a deploy of a service; `image` is its engine's, None where that is still to be built."""
    return {
        "refused": _refusal(site, service, owner),
        "peak_gib": None if image is None else site.releases.peak(image),
        "disk": _disk(site, service),
        **_retention(site, service["keep"]),
    }


def _refusal(site: Site, service: dict[str, Any], owner: dict[str, str]) -> dict[str, str] | None:
    try:
        check(site, service, owner)
        _room_for_model(site, service)
    except Refused as error:
        return {"failed": error.failed, "next": error.fix.replace("HOST", service["host"])}
    return None


def _room_for_model(site: Site, service: dict[str, Any]) -> None:
    """Refuse a model that the disk will hardly take; of a fetch that is at work nobody knows how far it is."""
    rough = _model_gib(site, service)
    if not rough or is_at_work(site):
        return
    with suppress(OSError):
        space = site.world.space(site.home.root)
        free, floor = space.free / GIB, Retention(service["keep"]).floor(space.total) / GIB
        if free - floor < rough:
            raise Refused(
                f"the model {service['model']['repo']} takes about {rough} GiB, {free:.1f} GiB of the disk are free "
                f"and {floor:.1f} of them stay so",
                fix=ROOM,
            )


def _model_gib(site: Site, service: dict[str, Any]) -> float:
    """What is still to be fetched of the model, about."""
    model = service.get("model")
    return ROUGHLY_GIB if model and flaw(site.home, model["repo"], model["revision"]) else 0.0


def _disk(site: Site, service: dict[str, Any]) -> dict[str, float | None]:
    """What is free, what stays so, what a model takes, and the image that serves: the next one will be much like it."""
    space, serving = space_of(site), site.serving()
    try:
        size = None if serving is None else site.docker.image_size(serving.image)
    except CommandFailed:
        size = None
    return {
        "free_gib": None if space is None else round(space.free / GIB, 2),
        "floor_gib": None if space is None else round(Retention(service["keep"]).floor(space.total) / GIB, 2),
        "image_gib": None if size is None else round(size / GIB, 2),
        "model_gib": _model_gib(site, service),
    }


def _retention(site: Site, keep: int) -> dict[str, list[int]]:
    """The good releases that stay for a rollback once a new one serves, and what goes because there are newer ones."""
    number, everything = site.releases.next_number(), site.releases.all()
    new = Release(number, GOOD, site.world.now(), digest="", image="", address="")
    going = [one.release for one in doomed([*everything, new], keep=keep, serving=number, pinned=None)]
    kept = [one.release for one in everything if one.is_good and one.release not in going and one.state != PRUNED]
    return {"kept": kept, "going": going}
