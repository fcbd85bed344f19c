"""Makes the host serve what the operator wants: nothing, a repair, or a cutover to a new release."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.cutover import Swap, cut_over
from ocrfleet.agent.drift import drift
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.memory import measure
from ocrfleet.agent.names import digest
from ocrfleet.agent.networks import engine_address
from ocrfleet.agent.preflight import claim, preflight
from ocrfleet.agent.prune import prune
from ocrfleet.agent.releases import CANDIDATE, PRUNED, Release
from ocrfleet.agent.restore import recover
from ocrfleet.agent.site import Site
from ocrfleet.agent.state import State, save_state
from ocrfleet.agent.strategy import START_FIRST, choose

FORMAT = 1


def deploy(site: Site, wanted: dict[str, Any], owner: dict[str, str]) -> dict[str, Any]:
    """Serve `wanted`; call it with the cutover lock held. Raises Refused, Restored or NotRestored."""
    _check(site, wanted)
    recover(site)
    preflight(site, wanted, owner)
    claim(site, owner)
    try:
        return _serve(site, wanted)
    finally:
        prune(site, keep=wanted["service"]["keep"])


def rollback(site: Site, number: int | None) -> dict[str, Any]:
    """Serve an earlier release again, through the same gate, and pin it; call it with the cutover lock held."""
    recover(site)
    target = _target(site, number)
    release = cut_over(site, _swap(site, site.releases.wanted(target.release), target.release, pin=target.release))
    return _served(release, "rolled back")


def _serve(site: Site, wanted: dict[str, Any]) -> dict[str, Any]:
    state, serving = site.state(), site.serving()
    if serving is not None and serving.digest == digest(wanted) and not state.stopped:
        return _heal(site, serving, state)
    release = _new_release(site, wanted)
    return _served(cut_over(site, _swap(site, wanted, release.release, pin=None)), "deployed")


def _check(site: Site, wanted: dict[str, Any]) -> None:
    if wanted["service"]["format"] != FORMAT:
        raise Refused(
            "this host's agent does not know this manifest's format", fix="update ocrfleet, then run this again"
        )
    pinned = site.state().pinned
    if pinned is not None:
        raise Refused(f"release {pinned} is pinned on this host by a rollback", fix="ocrfleet unpin HOST")


def _new_release(site: Site, wanted: dict[str, Any]) -> Release:
    everything = site.releases.all()
    taken = {one.address for one in everything if one.state != PRUNED}
    release = Release(
        release=site.releases.next_number(),
        state=CANDIDATE,
        created=site.world.now(),
        digest=digest(wanted),
        image=wanted["image"],
        address=engine_address(wanted["service"]["subnet"], taken),
    )
    site.releases.save(release, wanted)
    return release


def _swap(site: Site, wanted: dict[str, Any], to: int, *, pin: int | None) -> Swap:
    state = site.state()
    # A service somebody stopped on purpose is not brought back by a failed deploy.
    previous = None if state.stopped else state.serving
    choice = choose(wanted["service"], measure(site.world), serving=previous is not None)
    site.say(f"strategy: {choice.strategy} ({choice.why})")
    return Swap(to, previous, choice.strategy, pin, site.world.now())


def _heal(site: Site, serving: Release, state: State) -> dict[str, Any]:
    """The right release is there; put right what somebody changed by hand."""
    wanted = site.releases.wanted(serving.release)
    names = [name for name in (serving.container, site.proxy.name(wanted["service"]["host"])) if name]
    found = site.docker.containers(*names)
    differences = drift(site, serving, found)
    if not differences:
        return _served(serving, "unchanged")
    site.say("repairing: " + "; ".join(differences))
    engine = found.get(serving.container or "")
    if engine is not None and engine.running and engine.image == serving.image:
        site.proxy.apply(wanted)
        site.proxy.point(serving.address)
        return _served(serving, "repaired")
    if engine is not None and engine.image != serving.image:
        site.docker.remove(engine.id)
    swap = Swap(serving.release, None, START_FIRST, state.pinned, site.world.now())
    return _served(cut_over(site, swap), "repaired")


def _target(site: Site, number: int | None) -> Release:
    """Choose the release to go back to, or refuse with the reason."""
    state = site.state()
    target = site.releases.get(number) if number is not None else site.releases.previous(state.serving)
    if target is None:
        what = "no earlier good release is kept" if number is None else f"there is no release {number}"
        raise Refused(f"{what} on this host", fix="ocrfleet releases HOST")
    if not target.is_good:
        raise Refused(f"release {target.release} is {target.state}: it cannot serve", fix="ocrfleet releases HOST")
    if target.release == state.serving and not state.stopped:
        raise Refused(f"release {target.release} is serving already", fix="ocrfleet releases HOST")
    if not site.docker.has_image(target.image):
        raise Refused(f"the image of release {target.release} is gone from the host", fix="ocrfleet releases HOST")
    return target


def _served(release: Release, outcome: str) -> dict[str, Any]:
    return {"outcome": outcome, "release": release.release}


def unpin(site: Site) -> dict[str, Any]:
    """Let the next deploy replace the release a rollback pinned."""
    state = site.state()
    save_state(site.world, site.home, state.but(pinned=None))
    return {"was_pinned": state.pinned}
