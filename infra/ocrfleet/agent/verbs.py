"""What an operator can ask of the agent: one function per verb, JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from ocrfleet.agent import locks
from ocrfleet.agent.ask import ask
from ocrfleet.agent.audit import witness
from ocrfleet.agent.deploy import unpin
from ocrfleet.agent.destroy import destroy
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.facts import facts
from ocrfleet.agent.guard import make_current, watch
from ocrfleet.agent.preflight import check, check_owner
from ocrfleet.agent.prunable import prunable
from ocrfleet.agent.prune import Retention
from ocrfleet.agent.releases import CANDIDATE, Release
from ocrfleet.agent.settings import applied
from ocrfleet.agent.site import Site
from ocrfleet.agent.tasks import (
    Payload,
    abort,
    alone,
    follow,
    list_jobs,
    run_build,
    run_deploy,
    run_prune,
    run_rollback,
    run_start,
    run_stop,
)


def list_releases(site: Site, _: Payload) -> Payload:
    """Every release, which of them serves, and which is on its way to."""
    everything = site.releases.all()
    told = [asdict(one) for one in everything]
    return {"releases": told, "serving": site.state().serving, "candidate": _candidate(site, everything)}


def _candidate(site: Site, releases: list[Release]) -> int | None:
    """The release that a swap is about: a candidate whose job died is none any more."""
    swap = site.journal.unfinished()
    if swap is not None:
        return swap.to
    holder = locks.holder_of(site.home.cutover_lock) or {"who": locks.GUARD}
    is_begun = bool(releases) and releases[-1].state == CANDIDATE and holder.get("who") != locks.GUARD
    return releases[-1].release if is_begun else None


def manifest(site: Site, payload: Payload) -> Payload:
    """What a release runs; nothing where its record is damaged."""
    return {"wanted": applied(site, payload["release"]) or {}}


def logs(site: Site, payload: Payload) -> Payload:
    """The last lines of a release's container, kept ones where the container is gone."""
    number = payload.get("release") or site.state().serving
    release = site.releases.get(number) if number is not None else None
    if release is None:
        raise Refused(f"there is no release {number} on this host", fix="ocrfleet releases HOST")
    if release.container and site.docker.container(release.container):
        return {"release": number, "text": site.docker.logs(release.container, payload["tail"])}
    kept = site.home.release(release.release) / "log"
    return {"release": number, "text": kept.read_text(encoding="utf-8") if kept.exists() else ""}


def _alone(work: Callable[[Site, Payload], Payload]) -> Callable[[Site, Payload], Payload]:
    """Run a short verb with the cutover lock held."""

    def locked(site: Site, payload: Payload) -> Payload:
        about = {"what": work.__name__.strip("_"), "who": payload.get("who", "")}
        with alone(site, payload, about):
            return witness(site, about, lambda: work(site, payload))

    return locked


def _unpin(site: Site, _: Payload) -> Payload:
    return unpin(site)


def _prunable(site: Site, payload: Payload) -> Payload:
    return prunable(site, Retention(payload["keep"], payload.get("floor_gib")))


def _destroy(site: Site, payload: Payload) -> Payload:
    check_owner(site, payload["owner"])
    return destroy(site, host=payload["host"])


def _current(site: Site, _: Payload) -> Payload:
    return {"current": make_current(site)}


def _facts(site: Site, _: Payload) -> Payload:
    return facts(site)


def _check(site: Site, payload: Payload) -> Payload:
    check(site, payload["service"], payload["owner"])
    return {}


def _audit(site: Site, payload: Payload) -> Payload:
    return {"lines": site.audit.lines(payload["last"])}


def _guard(site: Site, payload: Payload) -> Payload:
    watch(site, payload.get("interval", 3.0))
    return {}


VERBS: dict[str, Callable[[Site, Payload], Payload]] = {
    "facts": _facts,
    "check": _check,
    "current": _alone(_current),
    "build": run_build,
    "deploy": run_deploy,
    "rollback": run_rollback,
    "unpin": _alone(_unpin),
    "job": follow,
    "jobs": list_jobs,
    "abort": abort,
    "releases": list_releases,
    "audit": _audit,
    "manifest": manifest,
    "logs": logs,
    "ask": ask,
    "prune": run_prune,
    "prunable": _prunable,
    "stop": run_stop,
    "start": run_start,
    "destroy": _alone(_destroy),
    "guard": _guard,
}
