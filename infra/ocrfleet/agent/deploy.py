"""Makes the host serve what the operator wants: nothing to do, a repair, or a cutover to a new release."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent import endings, hooks
from ocrfleet.agent.cutover import Swap, cut_over
from ocrfleet.agent.errors import NotRestored, Refused
from ocrfleet.agent.memory import measure
from ocrfleet.agent.names import digest
from ocrfleet.agent.networks import engine_address
from ocrfleet.agent.owner import claim
from ocrfleet.agent.preflight import check_docker, check_model, preflight
from ocrfleet.agent.prune import Retention, tidy
from ocrfleet.agent.releases import CANDIDATE, PRUNED, Release
from ocrfleet.agent.restore import recover
from ocrfleet.agent.settings import inherit, settle
from ocrfleet.agent.site import Site
from ocrfleet.agent.state import save_state
from ocrfleet.agent.strategy import choose
from ocrfleet.agent.untouched import untouched

FORMAT = 1


def deploy(site: Site, wanted: dict[str, Any], owner: dict[str, str]) -> dict[str, Any]:
    """Serve `wanted`; call it with the cutover lock held. Raises Refused, Restored or NotRestored."""
    _check(site, wanted)
    _recover(site)
    preflight(site, wanted, owner)
    change = _change(site, wanted)
    with endings.hearing(site, change):
        if not _serves(site, wanted):
            endings.ask(site, {**change, "to": site.releases.next_number()})
        claim(site, owner)
        try:
            served = _serve(site, wanted)
        finally:
            tidy(site, wanted["service"]["host"], Retention(wanted["service"]["keep"]))
    if served["outcome"] == "deployed":
        endings.tell(site, hooks.POST_DEPLOY, {**change, "to": served["release"]})
    return served


def rollback(site: Site, number: int | None) -> dict[str, Any]:
    """Serve an earlier release again, through the same gate, and pin it; call it with the cutover lock held."""
    check_docker(site)
    _recover(site)
    target = _target(site, number)
    inherit(site, target)
    wanted = site.releases.wanted(target.release)
    check_model(site, wanted)
    change = {**_change(site, wanted), "to": target.release}
    endings.owe(site, change, then=hooks.ON_ROLLBACK)
    with endings.hearing(site, change):
        cut_over(site, _swap(site, wanted, target.release, pin=target.release))
    endings.tell(site, hooks.ON_ROLLBACK, change)
    return _served(target, "rolled back")


def _recover(site: Site) -> None:
    """Finish what a dead job left; what cannot be restored is no reason to refuse what may be the cure."""
    try:
        recover(site)
    except NotRestored as error:
        site.say(str(error))


def _serve(site: Site, wanted: dict[str, Any]) -> dict[str, Any]:
    serving = site.serving()
    if serving is not None and _serves(site, wanted):
        return _served(serving, settle(site, serving, wanted))
    release = _new_release(site, wanted)
    cut_over(site, _swap(site, wanted, release.release, pin=None))
    site.proxy.keys.record(wanted["secrets"])
    site.proxy.keys.apply(wanted)
    return _served(release, "deployed")


def _serves(site: Site, wanted: dict[str, Any]) -> bool:
    """Whether the serving release is what is wanted, whatever somebody did to it by hand."""
    serving = site.serving()
    return serving is not None and serving.digest == digest(wanted) and not site.state().stopped


def _change(site: Site, wanted: dict[str, Any]) -> dict[str, Any]:
    """What hooks are told of a change: which host, from which release, to which image."""
    return {"host": wanted["service"]["host"], "from": site.state().serving, "image": wanted["image"]}


def _check(site: Site, wanted: dict[str, Any]) -> None:
    if wanted["service"]["format"] != FORMAT:
        raise Refused(
            "this host's agent does not know this manifest's format", fix="update ocrfleet, then run this again"
        )
    pinned = site.state().pinned
    if pinned is not None:
        raise Refused(f"release {pinned} is pinned on this host by a rollback", fix="ocrfleet unpin HOST")


@untouched()
def _new_release(site: Site, wanted: dict[str, Any]) -> Release:
    # A key that was revoked must not outlive a release that fails; one of another name is what serves now may need.
    versions = site.proxy.keys.versions(wanted)
    site.proxy.keys.record({**versions, **wanted["secrets"]})
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


@untouched()
def _swap(site: Site, wanted: dict[str, Any], to: int, *, pin: int | None) -> Swap:
    # A service somebody stopped on purpose is not brought back by a failed deploy.
    serving = None if site.state().stopped else site.serving()
    peak = site.releases.peak(wanted["image"])
    choice = choose(wanted["service"], measure(site.world, wanted["service"]), serving=serving is not None, peak=peak)
    site.say(f"strategy: {choice.strategy} ({choice.why})")
    previous = None if serving is None else serving.release
    return Swap(to, previous, choice.strategy, pin, site.world.now(), site.world.boot())


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
