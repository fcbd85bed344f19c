"""What an operator can ask of this host; nothing is changed. One function per verb, JSON in, JSON out."""

from __future__ import annotations

from dataclasses import asdict

from ocrfleet.agent import locks
from ocrfleet.agent.acknowledged import is_acknowledged
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.facts import facts
from ocrfleet.agent.releases import CANDIDATE, Release
from ocrfleet.agent.rotate import keys
from ocrfleet.agent.settings import applied
from ocrfleet.agent.site import Payload, Site, Verb


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
    """What a release runs, nothing where its record is damaged; and whether a stack's state ever knew it."""
    number = payload["release"]
    return {"wanted": applied(site, number) or {}, "acknowledged": is_acknowledged(site, number)}


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


def _facts(site: Site, _: Payload) -> Payload:
    return facts(site)


def _audit(site: Site, payload: Payload) -> Payload:
    return {"lines": site.audit.lines(payload["last"])}


QUESTIONS: dict[str, Verb] = {
    "facts": _facts,
    "releases": list_releases,
    "manifest": manifest,
    "logs": logs,
    "audit": _audit,
    "keys": keys,
}
